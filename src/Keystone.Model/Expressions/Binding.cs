using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// What the slots of a syntax stand for in one request. A slot whose placeholder is not defined is null until the checks of the expression
/// have refused it; behind them every slot is filled.
/// </summary>
internal sealed class Binding
{
    private readonly string?[] _names;
    private readonly AttributeValue?[] _values;

    public Binding(ExpressionSyntax syntax, string?[] names, AttributeValue?[] values)
    {
        Syntax = syntax;
        _names = names;
        _values = values;
        NameBytes = new byte[names.Length][];
        ValueBytes = new byte[values.Length][];
        for (int i = 0; i < names.Length; i++)
        {
            NameBytes[i] = syntax.NameBytes[i] ?? (names[i] is { } name ? NameOrder.Utf8.GetBytes(name) : []);
        }
    }

    public ExpressionSyntax Syntax { get; }

    /// <summary>The UTF-8 of each name.</summary>
    public byte[][] NameBytes { get; }

    /// <summary>Each value as it would stand in an encoded item, once <see cref="EncodeValues"/> was called.</summary>
    public byte[][] ValueBytes { get; }

    public string NameOf(PathPart part) => _names[part.NameSlot]!;

    public AttributeValue ValueOf(ValueNode node) => _values[node.Slot]!;

    public void EncodeValues()
    {
        for (int i = 0; i < _values.Length; i++)
        {
            ValueBytes[i] = ItemCodec.EncodeValue(_values[i]!);
        }
    }

    public void RequireName(int slot, ExpressionKind kind)
    {
        if (_names[slot] is null)
        {
            throw ExpressionError.UndefinedName(kind, Syntax.Names[slot]);
        }
    }

    public void RequireValue(int slot, ExpressionKind kind)
    {
        if (_values[slot] is null)
        {
            throw ExpressionError.UndefinedValue(kind, Syntax.Values[slot]);
        }
    }

    public void RequireAllNames(ExpressionKind kind)
    {
        for (int slot = 0; slot < _names.Length; slot++)
        {
            RequireName(slot, kind);
        }
    }

    public void RequireAllValues(ExpressionKind kind)
    {
        for (int slot = 0; slot < _values.Length; slot++)
        {
            RequireValue(slot, kind);
        }
    }

    /// <summary>A path as DynamoDB's messages show it: <c>[a, [1], b]</c>.</summary>
    public string Show(PathNode path)
        => $"[{string.Join(", ", path.Parts.Select(part => part.IsIndex ? $"[{part.Index}]" : NameOf(part)))}]";

    public bool Same(PathPart left, PathPart right)
        => left.IsIndex || right.IsIndex
            ? left == right
            : left.NameSlot == right.NameSlot || NameOf(left) == NameOf(right);
}
