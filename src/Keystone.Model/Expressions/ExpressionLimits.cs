namespace Keystone.Model.Expressions;

/// <summary>The limits of expressions. The defaults are DynamoDB's; a database may be opened with others.</summary>
public sealed record ExpressionLimits
{
    /// <summary>
    /// How deep parentheses and calls may be nested: the parser recurses so deep and no deeper. More than DynamoDB's other limits let
    /// through: each level but a redundant one has an operator or a part of a path.
    /// </summary>
    public const int NestingMax = 350;

    /// <summary>The greatest index of a list element in a path.</summary>
    public const int ListIndexMax = int.MaxValue;

    /// <summary>DynamoDB's limits.</summary>
    public static ExpressionLimits Default { get; } = new();

    /// <summary>The longest text of an expression in UTF-8 bytes: 4 KB.</summary>
    public int ExpressionBytesMax { get; init; } = 4096;

    /// <summary>The most operators and functions in one expression.</summary>
    public int OperatorsMax { get; init; } = 300;

    /// <summary>The most operands in the list of an IN.</summary>
    public int InOperandsMax { get; init; } = 100;

    /// <summary>The most parts of a document path.</summary>
    public int PathLevelsMax { get; init; } = 32;

    /// <summary>The longest placeholder, with its <c>#</c> or <c>:</c>, in UTF-8 bytes.</summary>
    public int PlaceholderBytesMax { get; init; } = 255;

    /// <summary>The most bytes of all values, or of all names, that the placeholders of one request stand for: 2 MB.</summary>
    public int SubstitutionBytesMax { get; init; } = 2 * 1024 * 1024;

    /// <summary>
    /// The most bytes, encoded, of all values that one update sets or adds. A guard of memory, far above the limit of an item, whose exact
    /// check is the caller's: an encoded item is at most about five times as long as DynamoDB counts it, and this is twenty times its
    /// limit of 400 KB. Who allows larger items raises this as well.
    /// </summary>
    public int UpdateBytesMax { get; init; } = 20 * 400 * 1024;
}
