using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Keystone.Benchmarks.Measuring;

/// <summary>
/// Runs one body on several threads that start together. Enters: the body, which gets its lane and returns how many
/// operations it did. Leaves: their sum, and the time from the common start to the end of the last one. The first error
/// of a lane is thrown again once all have ended: a run with an error has no figure.
/// </summary>
internal static class Lanes
{
    private const int LanesMax = 1024;

    private static int _runs;

    public static LaneTotal Run(int lanes, Func<Lane, long> body)
    {
        ulong seed = (ulong)Interlocked.Increment(ref _runs) * LanesMax;
        using var start = new Barrier(lanes + 1);
        var all = new Lane[lanes];
        var threads = new Thread[lanes];
        for (int i = 0; i < lanes; i++)
        {
            Lane lane = all[i] = new Lane(i, lanes, seed + (ulong)i);
            threads[i] = new Thread(() => RunOne(lane, body, start)) { IsBackground = true, Name = $"lane-{i}" };
            threads[i].Start();
        }

        double cpuBefore = ProcessMeter.CpuSeconds;
        start.SignalAndWait();
        long startTicks = Stopwatch.GetTimestamp();
        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        double seconds = Stopwatch.GetElapsedTime(startTicks).TotalSeconds;
        return Sum(all, seconds, ProcessMeter.CpuSeconds - cpuBefore);
    }

    private static void RunOne(Lane lane, Func<Lane, long> body, Barrier start)
    {
        start.SignalAndWait();
        try
        {
            lane.Operations = body(lane);
        }
#pragma warning disable CA1031 // A lane is the top of its thread: whatever happened is kept and thrown by the caller.
        catch (Exception error)
#pragma warning restore CA1031
        {
            lane.Error = ExceptionDispatchInfo.Capture(error);
        }
    }

    private static LaneTotal Sum(Lane[] lanes, double seconds, double cpuSeconds)
    {
        var latency = new LatencyHistogram();
        long operations = 0;
        foreach (Lane lane in lanes)
        {
            lane.Error?.Throw();
            operations += lane.Operations;
            latency.Add(lane.Latency);
        }

        return new LaneTotal(operations, seconds, cpuSeconds, latency);
    }
}
