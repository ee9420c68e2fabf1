namespace Keystone.Model.PartiQL;

/// <summary>The limits of statements.</summary>
public static class StatementLimits
{
    /// <summary>The longest statement, in characters, as DynamoDB has it.</summary>
    public const int StatementLengthMax = 8192;

    /// <summary>How deep parentheses and documents may be nested: the parser recurses so deep and no deeper.</summary>
    public const int NestingMax = 64;

    /// <summary>The most statements in one batch, as DynamoDB has it.</summary>
    public const int BatchStatementsMax = 25;

    /// <summary>The most keys that the lists of a condition may name together; above it they are a filter of what is read.</summary>
    public const int KeysMax = 100;

    /// <summary>
    /// The most bytes of items, or of groups, that a statement holds in memory to order or to count them: 64 MiB.
    /// </summary>
    public const int HeldBytesMax = 64 * 1024 * 1024;

    /// <summary>
    /// The longest text that goes on with a statement, in characters: twice what the greatest keys of an item and of an index take.
    /// </summary>
    public const int NextTokenLengthMax = 48 * 1024;
}
