namespace Keystone.Storage;

/// <summary>Bounds of the engine that no option changes. Requests beyond them are refused before they are queued.</summary>
public static class StoreLimits
{
    /// <summary>
    /// The longest key. The largest key of an item, 2,048 and 1,024 bytes, can take 5,132 bytes once each zero byte in it is escaped.
    /// </summary>
    public const int KeyBytesMax = 12 << 10;

    /// <summary>The largest value.</summary>
    public const int ValueBytesMax = 8 << 20;

    /// <summary>The largest batch, counted as its bytes in the log.</summary>
    public const int BatchBytesMax = 16 << 20;

    /// <summary>The most operations in a batch.</summary>
    public const int BatchOperationsMax = 10_000;

    /// <summary>A group of the log takes batches up to this size; a larger batch is a group alone.</summary>
    public const int GroupBytesMax = 4 << 20;

    /// <summary>The most stripes of a store; the number is a power of two.</summary>
    public const int StripesMax = 4096;

    /// <summary>The most drop marks of a stripe that compaction has not worked off yet.</summary>
    public const int DropMarksMax = 64;
}
