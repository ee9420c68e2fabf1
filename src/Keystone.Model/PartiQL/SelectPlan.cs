using System.Globalization;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.PartiQL;

/// <summary>How a select is read. Every term of its WHERE clause is in the branches, in the filter or in the residual.</summary>
internal sealed record SelectPlan
{
    public required SelectStatement Select { get; init; }

    public required KeySchema TableKey { get; init; }

    /// <summary>The runs of keys that are read one after the other; none means that everything is read.</summary>
    public required IReadOnlyList<KeyBranch> Branches { get; init; }

    /// <summary>What is asked of each item where it is stored.</summary>
    public Term? Filter { get; init; }

    /// <summary>What is asked of each item where the statement runs: a query's filter may not name attributes of the key.</summary>
    public Term? Residual { get; init; }

    /// <summary>Whether the one run is read from its end.</summary>
    public bool Backward { get; init; }

    /// <summary>Whether all rows are read and ordered before the first is answered.</summary>
    public bool SortsInMemory { get; init; }

    /// <summary>Whether it is one item by its key and nothing else is asked.</summary>
    public bool IsGet { get; init; }

    public bool IsScan => Branches.Count == 0;

    /// <summary>Whether nothing can be answered before everything was read.</summary>
    public bool HoldsRows => SortsInMemory || Select.IsAggregate;

    /// <summary>Whether only a number of items is asked for, and no item has to come here.</summary>
    public bool CountsOnly => Residual is null && !IsGet && Select.GroupBy.Count == 0 && Select.Columns.Count > 0
        && Select.Columns.All(column => column is { Aggregate: AggregateKind.Count, Path: null });

    /// <summary>The attributes that have to come here; null means all.</summary>
    public IReadOnlyList<string>? Attributes => Residual is not null || Select.Columns.Count == 0
        ? null
        : [.. Select.Columns.Select(column => column.Path)
            .Concat(Select.GroupBy)
            .Concat(SortsInMemory ? Select.OrderBy.Select(column => column.Path) : [])
            .Where(path => path is not null)
            .Select(path => path!.Attribute)
            .Distinct(StringComparer.Ordinal)];

    /// <summary>Whether an item that was read is the row as it stands: all of it, or just the attributes that were asked for.</summary>
    public bool AnswersAsRead => Select.Columns.Count == 0 || (Residual is null && !HoldsRows && Select.Columns.All(IsPlain));

    /// <summary>
    /// The plan of a select. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the table has no index of the name.
    /// </summary>
    public static SelectPlan Of(SelectStatement select, TableDefinition table)
    {
        IndexDefinition? index = select.IndexName is null ? null : table.Indexes.FirstOrDefault(each => each.Name == select.IndexName)
            ?? throw KeystoneException.Validation($"The table does not have the specified index: {select.IndexName}");
        IReadOnlyList<KeyAttribute> partition = index?.Partition ?? [table.Key.Partition];
        IReadOnlyList<KeyAttribute> sort = index?.Sort ?? (table.Key.Sort is null ? [] : [table.Key.Sort]);
        KeyMatch? match = KeyMatch.Of(select.Where, partition, sort);
        var plan = new SelectPlan { Select = select, TableKey = table.Key, Branches = match?.Branches ?? [] };
        if (match is null)
        {
            return plan with { Filter = select.Where, SortsInMemory = SortsRows(select) };
        }

        KeyAttribute[] keys = [.. partition, .. sort];
        ILookup<bool, Term> rest = match.Rest.ToLookup(term => Array.Exists(keys, attribute => TermPaths.Name(term, attribute.Name)));
        bool isOne = match.Branches.Count == 1;
        bool? descends = isOne ? NaturalOrder(select, partition, sort, match.Branches[0]) : null;
        return plan with
        {
            Filter = KeyMatch.Join([.. rest[false]]),
            Residual = KeyMatch.Join([.. rest[true]]),
            Backward = descends ?? false,
            SortsInMemory = descends is null && SortsRows(select),
            IsGet = isOne && index is null && match.Rest.Count == 0 && match.Branches[0].Range is null
                && match.Branches[0].Equal.Count == partition.Count + sort.Count,
        };
    }

    /// <summary>The plan as an item that a person can read.</summary>
    public Item Explain()
    {
        var item = new ItemBuilder()
            .Set("operation", IsGet ? "GetItem" : IsScan ? "Scan" : "Query")
            .Set("table", Select.TableName)
            .Set("runs", IsScan ? 1 : Branches.Count)
            .Set("order", SortsInMemory ? "in memory" : Select.OrderBy.Count == 0 ? "none" : Backward ? "by key, backward" : "by key");
        Set(item, "index", Select.IndexName);
        Set(item, "keys", Branches.Count == 0 ? null : TermPrinter.Print(Branches[0].ToTerm()));
        Set(item, "filter", Filter is null ? null : TermPrinter.Print(Filter));
        Set(item, "residual", Residual is null ? null : TermPrinter.Print(Residual));
        Set(item, "aggregate", Select.IsAggregate ? string.Join(", ", Select.Columns.Select(column => column.Name)) : null);
        Set(item, "limit", Select.Limit?.ToString(CultureInfo.InvariantCulture));
        Set(item, "offset", Select.Offset == 0 ? null : Select.Offset.ToString(CultureInfo.InvariantCulture));
        return item.Build();
    }

    private static void Set(ItemBuilder item, string name, string? value)
    {
        if (value is not null)
        {
            item.Set(name, value);
        }
    }

    private static bool IsPlain(SelectColumn column) => column.Path!.IsAttribute && column.Name == column.Path.Attribute;

    private static bool SortsRows(SelectStatement select) => select.OrderBy.Count > 0 && !select.IsAggregate;

    /// <summary>
    /// Whether one run of keys is in the order asked for as it is read: false forward, true backward, null if it is not.
    /// </summary>
    private static bool? NaturalOrder(
        SelectStatement select, IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute> sort, KeyBranch branch)
    {
        HashSet<string> given = [.. branch.Equal.Select(part => part.Name)];
        string[] order = [.. partition.Concat(sort).Select(attribute => attribute.Name).Where(name => !given.Contains(name))];
        SortColumn[] asked = [.. select.OrderBy.Where(column => !column.Path.IsAttribute || !given.Contains(column.Path.Attribute))];
        bool isPrefix = asked.Length <= order.Length
            && asked.Select((column, i) => column.Path.IsAttribute && column.Path.Attribute == order[i]).All(fits => fits);
        bool oneWay = asked.All(column => column.Descending == asked[0].Descending);
        return isPrefix && oneWay ? asked.Length > 0 && asked[0].Descending : null;
    }
}
