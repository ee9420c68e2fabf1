using System.Diagnostics;
using System.Numerics;

namespace Keystone.Benchmarks.Measuring;

/// <summary>
/// Counts of latencies in buckets that are at most 1/16 wide, from a nanosecond to minutes. Recording allocates nothing.
/// One thread owns it; the histograms of many threads are added up when they are done.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBits = 4;
    private const int SubBuckets = 1 << SubBits;
    private const int Buckets = (64 - SubBits + 1) * SubBuckets;

    private readonly long[] _counts = new long[Buckets];

    public long Count { get; private set; }

    public void RecordSince(long startTicks) => Record(NanosecondsOf(Stopwatch.GetTimestamp() - startTicks));

    public void Record(long nanoseconds)
    {
        _counts[BucketOf(Math.Max(nanoseconds, 0))]++;
        Count++;
    }

    public void Add(LatencyHistogram other)
    {
        for (int i = 0; i < Buckets; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
    }

    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
    }

    /// <summary>The latency in microseconds that the given share of all is at or below; the upper end of its bucket.</summary>
    public double MicrosecondsAt(double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(share * Count));
        long seen = 0;
        for (int i = 0; i < Buckets; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return UpperEndOf(i) / 1000.0;
            }
        }

        return 0;
    }

    private static long NanosecondsOf(long ticks) => (long)(ticks * (1_000_000_000.0 / Stopwatch.Frequency));

    private static int BucketOf(long value)
    {
        if (value < SubBuckets)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - SubBits;
        return ((shift + 1) * SubBuckets) + (int)((value >> shift) - SubBuckets);
    }

    private static long UpperEndOf(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket;
        }

        int shift = (bucket / SubBuckets) - 1;
        return ((long)(SubBuckets + (bucket % SubBuckets) + 1) << shift) - 1;
    }
}
