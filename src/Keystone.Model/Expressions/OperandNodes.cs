namespace Keystone.Model.Expressions;

/// <summary>
/// A part of the syntax of an expression: immutable, without any value of a request, kept in the cache and shared by requests. Names and
/// values are slots, which a <see cref="Binding"/> fills.
/// </summary>
internal abstract class SyntaxNode;

/// <summary>What stands for a value: a path, a placeholder, or something computed of them.</summary>
internal abstract class OperandNode : SyntaxNode;

/// <summary>A document path: the name of an attribute, then names of map entries and indexes of list elements.</summary>
internal sealed class PathNode(PathPart[] parts) : OperandNode
{
    public PathPart[] Parts { get; } = parts;
}

/// <summary>One part of a path: the slot of a name, or else the index of a list element.</summary>
internal readonly record struct PathPart(int NameSlot, int Index)
{
    private const int NoSlot = -1;

    public bool IsIndex => NameSlot == NoSlot;

    public static PathPart Named(int slot) => new(slot, 0);

    public static PathPart At(int index) => new(NoSlot, index);
}

/// <summary>A value of the request.</summary>
internal sealed class ValueNode(int slot) : OperandNode
{
    public int Slot { get; } = slot;
}

/// <summary>A call. How many arguments it has, and of what type, is judged with the values of the request.</summary>
internal sealed class CallNode(ExpressionFunction function, string name, OperandNode[] arguments) : OperandNode
{
    public ExpressionFunction Function { get; } = function;

    public string Name { get; } = name;

    public OperandNode[] Arguments { get; } = arguments;
}

/// <summary>A sum or a difference in an update.</summary>
internal sealed class SumNode(bool subtracts, OperandNode left, OperandNode right) : OperandNode
{
    public bool Subtracts { get; } = subtracts;

    public string Sign => Subtracts ? "-" : "+";

    public OperandNode Left { get; } = left;

    public OperandNode Right { get; } = right;
}

internal enum ExpressionFunction : byte
{
    Unknown,
    AttributeExists,
    AttributeNotExists,
    AttributeType,
    BeginsWith,
    Contains,
    Size,
    IfNotExists,
    ListAppend,
}
