namespace Keystone.Storage.Buffers;

/// <summary>
/// One named share of the native memory of a store: write buffers, block cache, group buffers, compaction buffers. Every native
/// byte is charged to an account when it is taken and credited when it is given back, so the accounts of a closed store are zero.
/// </summary>
public sealed class MemoryAccount(string name)
{
    private long _bytes;

    /// <summary>The name, as metrics show it.</summary>
    public string Name { get; } = name;

    /// <summary>Bytes charged at this moment.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    internal void Charge(long bytes) => Interlocked.Add(ref _bytes, bytes);

    internal void Credit(long bytes)
    {
        long left = Interlocked.Add(ref _bytes, -bytes);
        Invariant.Require(left >= 0);
    }
}
