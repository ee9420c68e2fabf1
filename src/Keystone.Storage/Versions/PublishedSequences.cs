namespace Keystone.Storage.Versions;

/// <summary>
/// How far each stripe may be read. Moved by the committer alone, for all stripes of a group at once; a version counter, odd while
/// a group is being published, lets a reader of several stripes take a consistent vector without a lock.
/// </summary>
internal sealed class PublishedSequences(int stripeCount)
{
    private readonly ulong[] _last = new ulong[stripeCount];
    private long _version;

    public ulong this[int stripe] => Volatile.Read(ref _last[stripe]);

    /// <summary>Sets the start of a stripe, before anybody reads it.</summary>
    public void Initialize(int stripe, ulong sequence) => _last[stripe] = sequence;

    /// <summary>Publishes a group. One caller at a time. Sequences of a stripe never go back.</summary>
    public void Publish(ReadOnlySpan<int> stripes, ReadOnlySpan<ulong> lastByStripe)
    {
        Interlocked.Increment(ref _version);
        foreach (int stripe in stripes)
        {
            Invariant.Require(lastByStripe[stripe] >= _last[stripe]);
            Volatile.Write(ref _last[stripe], lastByStripe[stripe]);
        }

        Interlocked.Increment(ref _version);
    }

    /// <summary>Copies the vector of all stripes as it stood between two groups.</summary>
    public void CopyTo(Span<ulong> target)
    {
        SpinWait spin = default;
        while (true)
        {
            long before = Volatile.Read(ref _version);
            if ((before & 1) == 0)
            {
                for (int i = 0; i < target.Length; i++)
                {
                    target[i] = Volatile.Read(ref _last[i]);
                }

                Interlocked.MemoryBarrier();
                if (Volatile.Read(ref _version) == before)
                {
                    return;
                }
            }

            spin.SpinOnce();
        }
    }
}
