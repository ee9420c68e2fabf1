using System.Runtime.ExceptionServices;

namespace Keystone.Benchmarks.Measuring;

/// <summary>One caller among several. Its thread alone touches it until all have ended.</summary>
internal sealed class Lane
{
    public Lane(int index, int count, ulong seed)
    {
        Index = index;
        Count = count;
        Seed = seed;
    }

    public int Index { get; }

    /// <summary>How many lanes run beside each other, this one included.</summary>
    public int Count { get; }

    /// <summary>Differs between lanes and between runs, so that a timed run does not repeat the ids of its warm-up.</summary>
    public ulong Seed { get; }

    public LatencyHistogram Latency { get; } = new();

    public long Operations { get; set; }

    public ExceptionDispatchInfo? Error { get; set; }
}
