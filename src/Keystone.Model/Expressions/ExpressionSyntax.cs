namespace Keystone.Model.Expressions;

/// <summary>
/// What the text of an expression says, apart from any request. Each distinct name and each distinct value placeholder of the text has one
/// slot, in the order of first appearance.
/// </summary>
internal abstract class ExpressionSyntax(SlotTable slots)
{
    /// <summary>The most names of a text whose expression is kept with it: one with more would push out too many others.</summary>
    public const int PlainNamesMax = 16;

    /// <summary>The names as written, placeholders with their sign.</summary>
    public string[] Names { get; } = [.. slots.Names];

    /// <summary>The UTF-8 of the names that are written out; null for placeholders.</summary>
    public byte[]?[] NameBytes { get; } = [.. slots.Names.Select(name => name[0] == '#' ? null : System.Text.Encoding.UTF8.GetBytes(name))];

    /// <summary>The placeholders of values with their sign.</summary>
    public string[] Values { get; } = [.. slots.Values];

    /// <summary>
    /// Whether the text says everything by itself: no request gives it names or values, so it is the same expression in all.
    /// </summary>
    public bool IsPlain => Names.Length <= PlainNamesMax && Values.Length == 0 && !Array.Exists(NameBytes, name => name is null);

    /// <summary>How many tokens the text has, of which the nodes were made; 0 without a text.</summary>
    public int Tokens { get; init; }

    /// <summary>The expression as text again, in one fixed form.</summary>
    public abstract override string ToString();
}

/// <summary>A condition, a filter or a key condition: they have one grammar.</summary>
internal sealed class ConditionSyntax(SlotTable slots, ConditionNode root) : ExpressionSyntax(slots)
{
    private volatile ConditionExpression? _plain;

    public ConditionNode Root { get; } = root;

    /// <summary>The expression of a plain text, once it was made and accepted; shared by all requests.</summary>
    public ConditionExpression? Plain
    {
        get => _plain;
        set => _plain = value;
    }

    public override string ToString() => new SyntaxPrinter(this).Condition(Root);
}

internal sealed class ProjectionSyntax(SlotTable slots, PathNode[] paths) : ExpressionSyntax(slots)
{
    private volatile ProjectionExpression? _plain;

    public PathNode[] Paths { get; } = paths;

    /// <inheritdoc cref="ConditionSyntax.Plain"/>
    public ProjectionExpression? Plain
    {
        get => _plain;
        set => _plain = value;
    }

    public override string ToString() => string.Join(", ", Paths.Select(new SyntaxPrinter(this).Operand));
}

internal sealed class UpdateSyntax(SlotTable slots, UpdateClause[] clauses) : ExpressionSyntax(slots)
{
    /// <summary>In the order of the text; clauses of one section stand together.</summary>
    public UpdateClause[] Clauses { get; } = clauses;

    public override string ToString() => new SyntaxPrinter(this).Update(Clauses);
}

/// <summary>One change that an update makes.</summary>
/// <param name="Section">SET, REMOVE, ADD or DELETE.</param>
/// <param name="Path">What is changed.</param>
/// <param name="Value">The new value, or what is added or deleted; null for REMOVE.</param>
internal sealed record UpdateClause(TokenKind Section, PathNode Path, OperandNode? Value);
