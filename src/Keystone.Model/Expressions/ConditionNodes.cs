namespace Keystone.Model.Expressions;

/// <summary>What is true or false of an item.</summary>
internal abstract class ConditionNode : SyntaxNode;

/// <summary>Two terms or more, all of which hold.</summary>
internal sealed class AndNode(ConditionNode[] terms) : ConditionNode
{
    public ConditionNode[] Terms { get; } = terms;
}

/// <summary>Two terms or more, one of which holds.</summary>
internal sealed class OrNode(ConditionNode[] terms) : ConditionNode
{
    public ConditionNode[] Terms { get; } = terms;
}

internal sealed class NotNode(ConditionNode term) : ConditionNode
{
    public ConditionNode Term { get; } = term;
}

internal sealed class ComparisonNode(TokenKind comparator, OperandNode left, OperandNode right) : ConditionNode
{
    /// <summary>One of the six signs.</summary>
    public TokenKind Comparator { get; } = comparator;

    public OperandNode Left { get; } = left;

    public OperandNode Right { get; } = right;

    public bool Orders => Comparator is not (TokenKind.Equal or TokenKind.NotEqual);

    public string Sign => Comparator switch
    {
        TokenKind.Equal => "=",
        TokenKind.NotEqual => "<>",
        TokenKind.Less => "<",
        TokenKind.LessOrEqual => "<=",
        TokenKind.Greater => ">",
        _ => ">=",
    };
}

internal sealed class BetweenNode(OperandNode operand, OperandNode lower, OperandNode upper) : ConditionNode
{
    public OperandNode Operand { get; } = operand;

    public OperandNode Lower { get; } = lower;

    public OperandNode Upper { get; } = upper;
}

internal sealed class InNode(OperandNode operand, OperandNode[] list) : ConditionNode
{
    public OperandNode Operand { get; } = operand;

    public OperandNode[] List { get; } = list;
}

/// <summary>A call that is a condition by itself.</summary>
internal sealed class TestNode(CallNode call) : ConditionNode
{
    public CallNode Call { get; } = call;
}
