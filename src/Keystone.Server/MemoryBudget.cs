using System.Globalization;

namespace Keystone.Server;

/// <summary>
/// How the memory of the process is shared out. One limit enters: the one that was asked for, or what the container or the machine leaves.
/// Shares leave, which together stay below it; the rest is the runtime's and the sockets'. What always holds: the managed heap has its
/// limit before the engine takes any memory.
/// </summary>
/// <param name="LimitBytes">What the process may use.</param>
/// <param name="WriteBufferBytes">Memtables of all stripes.</param>
/// <param name="BlockCacheBytes">Cached blocks of table files.</param>
/// <param name="HeapBytes">The managed heap.</param>
internal sealed record MemoryBudget(long LimitBytes, long WriteBufferBytes, long BlockCacheBytes, long HeapBytes)
{
    /// <summary>Below this nothing works well.</summary>
    public const long LimitBytesMin = 256 * MiB;

    /// <summary>What a server takes at most if nobody said how much it may: other programs live on the machine too.</summary>
    public const long DefaultBytesMax = 2048 * MiB;

    private const string HeapLimit = "GCHeapHardLimit";
    private const string HeapLimitPercent = "GCHeapHardLimitPercent";
    private const long MiB = 1 << 20;
    private const long WriteBufferBytesMax = 192 * MiB;
    private const long WriteBufferBytesMin = 32 * MiB;

    /// <summary>Shares in sixteenths; two and a half are left for groups and compactions, the rest for the runtime.</summary>
    private const int WriteBufferShare = 2;
    private const int BlockCacheShare = 3;
    private const int HeapShare = 6;
    private const int Shares = 16;

    /// <summary>Of a database in memory the data take most of what the cache of one on a disk takes, and a part of the rest.</summary>
    private const int InMemoryShare = 4;
    private const int InMemoryCacheShare = 1;

    /// <summary>What the data of a database in memory take.</summary>
    public long InMemoryBytes => LimitBytes * InMemoryShare / Shares;

    /// <summary>Cached blocks of a database in memory: they are there to save decompressing.</summary>
    public long InMemoryCacheBytes => LimitBytes * InMemoryCacheShare / Shares;

    /// <summary>The shares of a limit: of 512 MiB, 64 for write buffers, 96 for the cache and 192 for the heap.</summary>
    public static MemoryBudget Of(long limitBytes)
    {
        long limit = Math.Max(limitBytes, LimitBytesMin);
        return new MemoryBudget(
            limit,
            Math.Clamp(limit * WriteBufferShare / Shares, WriteBufferBytesMin, WriteBufferBytesMax),
            limit * BlockCacheShare / Shares,
            limit * HeapShare / Shares);
    }

    /// <summary>The budget of this process under what was asked for.</summary>
    public static MemoryBudget ForProcess(long? askedBytes)
    {
        long available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return Of(askedBytes is { } asked ? Math.Min(asked, available) : Math.Min(available, DefaultBytesMax));
    }

    /// <summary>
    /// Bounds the managed heap of this process. A heap that has a limit already, from the environment, keeps it.
    /// </summary>
    public void BoundHeap()
    {
        IReadOnlyDictionary<string, object> settings = GC.GetConfigurationVariables();
        if (IsSet(HeapLimit) || IsSet(HeapLimitPercent))
        {
            return;
        }

        AppContext.SetData(HeapLimit, (ulong)HeapBytes);
        GC.RefreshMemoryLimit();

        // The runtime lists what is not set as zero.
        bool IsSet(string name)
            => settings.TryGetValue(name, out object? value) && Convert.ToInt64(value, CultureInfo.InvariantCulture) != 0;
    }
}
