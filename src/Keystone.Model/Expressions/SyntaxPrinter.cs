namespace Keystone.Model.Expressions;

/// <summary>Syntax as text, in one form that reads back as the same syntax: every term of AND, OR and NOT stands in parentheses.</summary>
internal sealed class SyntaxPrinter(ExpressionSyntax syntax)
{
    public string Condition(ConditionNode node) => node switch
    {
        AndNode and => string.Join(" AND ", and.Terms.Select(Term)),
        OrNode or => string.Join(" OR ", or.Terms.Select(Term)),
        NotNode not => $"NOT {Term(not.Term)}",
        ComparisonNode comparison => $"{Operand(comparison.Left)} {comparison.Sign} {Operand(comparison.Right)}",
        BetweenNode between => $"{Operand(between.Operand)} BETWEEN {Operand(between.Lower)} AND {Operand(between.Upper)}",
        InNode membership => $"{Operand(membership.Operand)} IN ({string.Join(", ", membership.List.Select(Operand))})",
        _ => Operand(((TestNode)node).Call),
    };

    public string Operand(OperandNode node) => node switch
    {
        PathNode path => Path(path),
        ValueNode value => syntax.Values[value.Slot],
        SumNode sum => $"{Operand(sum.Left)} {sum.Sign} {Operand(sum.Right)}",
        _ => $"{((CallNode)node).Name}({string.Join(", ", ((CallNode)node).Arguments.Select(Operand))})",
    };

    public string Update(UpdateClause[] clauses)
        => string.Join(' ', clauses
            .GroupBy(clause => clause.Section)
            .Select(section => $"{UpdateParser.NameOf(section.Key)} {string.Join(", ", section.Select(Clause))}"));

    private string Clause(UpdateClause clause) => clause.Section switch
    {
        TokenKind.Set => $"{Path(clause.Path)} = {Operand(clause.Value!)}",
        TokenKind.Remove => Path(clause.Path),
        _ => $"{Path(clause.Path)} {Operand(clause.Value!)}",
    };

    private string Term(ConditionNode node) => $"({Condition(node)})";

    private string Path(PathNode path)
    {
        var text = new System.Text.StringBuilder();
        foreach (PathPart part in path.Parts)
        {
            if (part.IsIndex)
            {
                text.Append('[').Append(part.Index).Append(']');
            }
            else
            {
                text.Append(text.Length == 0 ? "" : ".").Append(syntax.Names[part.NameSlot]);
            }
        }

        return text.ToString();
    }
}
