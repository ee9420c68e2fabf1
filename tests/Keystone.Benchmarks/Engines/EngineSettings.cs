namespace Keystone.Benchmarks.Engines;

/// <summary>The budgets that every engine is given alike.</summary>
/// <param name="Directory">Where the store lies. Created when it is not there.</param>
/// <param name="ValueBytes">Length of the values to come, for engines whose buffers are counted in records.</param>
internal sealed record EngineSettings(string Directory, int ValueBytes)
{
    /// <summary>Total of all write buffers, those that wait for their flush included.</summary>
    public const long WriteBufferBytes = 192L << 20;

    /// <summary>Block cache, index and filter blocks inside it.</summary>
    public const long CacheBytes = 256L << 20;

    /// <summary>Threads for flush and compaction together.</summary>
    public const int BackgroundThreads = 2;

    /// <summary>Bits of the filter for a key.</summary>
    public const int FilterBitsPerKey = 10;
}
