using Keystone.Model.Items;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>
/// Puts the syntax together that an expression of the same meaning would have. Names are attributes and never have parts.
/// </summary>
internal sealed class LegacySyntax
{
    private readonly SlotTable _slots = new();
    private readonly List<AttributeValue> _values = [];

    public ConditionNode ConditionOn(string attribute, LegacyCondition condition)
    {
        PathNode path = Path(attribute);
        ValueNode[] values = [.. condition.Values.Select(Value)];
        return condition.Operator switch
        {
            LegacyOperator.Equal => new ComparisonNode(TokenKind.Equal, path, values[0]),
            LegacyOperator.NotEqual => new ComparisonNode(TokenKind.NotEqual, path, values[0]),
            LegacyOperator.LessOrEqual => new ComparisonNode(TokenKind.LessOrEqual, path, values[0]),
            LegacyOperator.Less => new ComparisonNode(TokenKind.Less, path, values[0]),
            LegacyOperator.GreaterOrEqual => new ComparisonNode(TokenKind.GreaterOrEqual, path, values[0]),
            LegacyOperator.Greater => new ComparisonNode(TokenKind.Greater, path, values[0]),
            LegacyOperator.NotNull => Test(ExpressionFunction.AttributeExists, "attribute_exists", path),
            LegacyOperator.Null => Test(ExpressionFunction.AttributeNotExists, "attribute_not_exists", path),
            LegacyOperator.BeginsWith => Test(ExpressionFunction.BeginsWith, "begins_with", path, values[0]),
            LegacyOperator.Contains => Test(ExpressionFunction.Contains, "contains", path, values[0]),

            // A missing attribute does not contain anything, and is refused here all the same.
            LegacyOperator.NotContains => new AndNode(
            [
                Test(ExpressionFunction.AttributeExists, "attribute_exists", path),
                new NotNode(Test(ExpressionFunction.Contains, "contains", path, values[0])),
            ]),
            LegacyOperator.In => new InNode(path, values),
            _ => new BetweenNode(path, values[0], values[1]),
        };
    }

    public UpdateClause ClauseOn(string attribute, LegacyUpdate update)
        => update.Value is null
            ? new UpdateClause(TokenKind.Remove, Path(attribute), null)
            : new UpdateClause(SectionOf(update.Action), Path(attribute), Value(update.Value));

    public PathNode Path(string attribute)
    {
        Item.RequireName(attribute);
        return new PathNode([PathPart.Named(_slots.NameSlot(attribute))]);
    }

    public Binding Bind(ConditionNode root) => Bind(new ConditionSyntax(_slots, root));

    public Binding Bind(UpdateClause[] clauses) => Bind(new UpdateSyntax(_slots, clauses));

    public Binding Bind(PathNode[] paths) => Bind(new ProjectionSyntax(_slots, paths));

    /// <summary>Every name stands for itself, whatever its first letter is.</summary>
    private Binding Bind(ExpressionSyntax syntax) => new(syntax, syntax.Names, [.. _values]);

    private ValueNode Value(AttributeValue value)
    {
        _values.Add(value);
        return new ValueNode(_slots.ValueSlot($":{_values.Count}"));
    }

    private static TokenKind SectionOf(LegacyAction action) => action switch
    {
        LegacyAction.Put => TokenKind.Set,
        LegacyAction.Add => TokenKind.Add,
        _ => TokenKind.Delete,
    };

    private static TestNode Test(ExpressionFunction function, string name, params OperandNode[] arguments)
        => new(new CallNode(function, name, arguments));
}
