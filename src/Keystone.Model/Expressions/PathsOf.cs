namespace Keystone.Model.Expressions;

/// <summary>The paths that stand in a syntax, in the order of the text.</summary>
internal static class PathsOf
{
    public static IEnumerable<PathNode> Condition(ConditionNode node) => node switch
    {
        AndNode and => and.Terms.SelectMany(Condition),
        OrNode or => or.Terms.SelectMany(Condition),
        NotNode not => Condition(not.Term),
        ComparisonNode comparison => [.. Operand(comparison.Left), .. Operand(comparison.Right)],
        BetweenNode between => [.. Operand(between.Operand), .. Operand(between.Lower), .. Operand(between.Upper)],
        InNode membership => [.. Operand(membership.Operand), .. membership.List.SelectMany(Operand)],
        _ => Operand(((TestNode)node).Call),
    };

    public static IEnumerable<PathNode> Update(UpdateClause[] clauses)
        => clauses.SelectMany(clause => clause.Value is null ? [clause.Path] : Operand(clause.Value).Prepend(clause.Path));

    private static IEnumerable<PathNode> Operand(OperandNode node) => node switch
    {
        PathNode path => [path],
        CallNode call => call.Arguments.SelectMany(Operand),
        SumNode sum => [.. Operand(sum.Left), .. Operand(sum.Right)],
        _ => [],
    };
}
