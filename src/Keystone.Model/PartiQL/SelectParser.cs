namespace Keystone.Model.PartiQL;

/// <summary>
/// The text of a select behind its first word.
/// <code>
///  select     = SELECT ( * | column { , column } ) FROM table [ . index ] [ WHERE term ] [ GROUP BY path { , path } ]
///               [ ORDER BY path [ ASC | DESC ] { , path [ ASC | DESC ] } ] [ LIMIT count ] [ OFFSET count ]
///  column     = ( path | COUNT ( * ) | ( COUNT | SUM | AVG | MIN | MAX ) ( path ) ) [ AS name ]
/// </code>
/// GROUP BY, LIMIT, OFFSET, aggregates and names are KeystoneDB's; DynamoDB has the rest.
/// </summary>
internal sealed class SelectParser(StatementReader reader, TermParser terms)
{
    public SelectStatement Read()
    {
        if (reader.Next.Is("DISTINCT"))
        {
            throw StatementError.NotOffered("SELECT DISTINCT; use GROUP BY");
        }

        IReadOnlyList<SelectColumn> columns = Columns();
        reader.ExpectWord("FROM");
        string table = reader.ExpectName("the name of a table");
        var select = new SelectStatement(table)
        {
            Columns = columns,
            IndexName = reader.TakeSign(".") ? reader.ExpectName("the name of an index") : null,
            Where = reader.TakeWord("WHERE") ? terms.Read() : null,
            GroupBy = reader.TakeWord("GROUP") ? GroupBy() : [],
        };
        if (reader.Next.Is("HAVING"))
        {
            throw StatementError.NotOffered("HAVING");
        }

        select = select with { OrderBy = reader.TakeWord("ORDER") ? OrderBy() : [] };
        select = select with { Limit = reader.TakeWord("LIMIT") ? reader.ExpectCount("LIMIT") : null };
        return RequireSense(select with { Offset = reader.TakeWord("OFFSET") ? reader.ExpectCount("OFFSET") : 0 });
    }

    private List<SelectColumn> Columns()
    {
        if (reader.TakeSign("*"))
        {
            return reader.Next.IsSign(",")
                ? throw KeystoneException.Validation("Other attributes should not be present in the projection when '*' is used.")
                : [];
        }

        List<SelectColumn> columns = [];
        do
        {
            columns.Add(Column());
        }
        while (reader.TakeSign(","));
        return columns;
    }

    private SelectColumn Column()
    {
        SelectColumn column = terms.IsCallNext ? Aggregate() : OfPath(terms.ReadPath());
        return reader.TakeWord("AS") ? column with { Name = reader.ExpectName("a name behind AS") } : column;
    }

    private static SelectColumn OfPath(DocumentPath path) => new(path, null, path.AnswerName);

    private SelectColumn Aggregate()
    {
        StatementToken name = reader.Take();
        string function = name.Text.ToUpperInvariant();
        AggregateKind kind = function switch
        {
            "COUNT" => AggregateKind.Count,
            "SUM" => AggregateKind.Sum,
            "AVG" => AggregateKind.Average,
            "MIN" => AggregateKind.Minimum,
            "MAX" => AggregateKind.Maximum,
            _ => throw KeystoneException.Validation($"Unexpected path component at {name.Place}"),
        };
        reader.ExpectSign("(");
        DocumentPath? path = kind == AggregateKind.Count && reader.TakeSign("*") ? null : terms.ReadPath();
        reader.ExpectSign(")");
        return new SelectColumn(path, kind, $"{function}({path?.ToString() ?? "*"})");
    }

    private List<DocumentPath> GroupBy()
    {
        reader.ExpectWord("BY");
        List<DocumentPath> paths = [];
        do
        {
            paths.Add(terms.ReadPath());
        }
        while (reader.TakeSign(","));
        return paths;
    }

    private List<SortColumn> OrderBy()
    {
        reader.ExpectWord("BY");
        List<SortColumn> columns = [];
        do
        {
            DocumentPath path = terms.ReadPath();
            bool descends = reader.TakeWord("DESC");
            _ = descends || reader.TakeWord("ASC");
            columns.Add(new SortColumn(path, descends));
        }
        while (reader.TakeSign(","));
        return columns;
    }

    private static SelectStatement RequireSense(SelectStatement select)
    {
        SelectColumn? ungrouped = select.IsAggregate
            ? select.Columns.FirstOrDefault(column => column.Aggregate is null && !select.GroupBy.Contains(column.Path!))
            : null;
        if (ungrouped is not null || (select.IsAggregate && select.Columns.Count == 0))
        {
            throw KeystoneException.Validation(
                $"The column {ungrouped?.Name ?? "*"} is neither an aggregate nor named by GROUP BY: name it there or leave it out");
        }

        IEnumerable<string> names = select.Columns.Select(column => column.Name);
        string? repeated = names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1)?.Key;
        return repeated is null
            ? select
            : throw KeystoneException.Validation($"Two columns of the answer are named {repeated}: name one of them with AS");
    }
}
