using System.Diagnostics;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Cluster;

/// <summary>An asynchronous operation, given its number.</summary>
internal delegate ValueTask FlightOperation(int number);

/// <summary>
/// Keeps a number of operations in flight for a time: that many loops, each of which begins its next operation when its last one has
/// ended. Every loop has numbers of its own, far from its neighbours'.
/// </summary>
internal static class FlightLoop
{
    private const double WarmShare = 0.25;

    public static async Task<Measurement> RunAsync(string workload, int inFlight, double seconds, FlightOperation operation)
    {
        await RunLoopsAsync(inFlight, seconds * WarmShare, operation).ConfigureAwait(false);
        long start = Stopwatch.GetTimestamp();
        LatencyHistogram latency = await RunLoopsAsync(inFlight, seconds, operation).ConfigureAwait(false);
        double rate = latency.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Measurement(workload, ClusterData.ValueBytes, inFlight, "", rate)
        {
            Extra = { ["p50"] = latency.MicrosecondsAt(0.5), ["p99"] = latency.MicrosecondsAt(0.99) },
        };
    }

    private static async Task<LatencyHistogram> RunLoopsAsync(int inFlight, double seconds, FlightOperation operation)
    {
        Task<LatencyHistogram>[] loops =
        [
            .. Enumerable.Range(0, inFlight).Select(loop => Task.Run(() => LoopAsync(loop, inFlight, seconds, operation))),
        ];
        var all = new LatencyHistogram();
        foreach (Task<LatencyHistogram> loop in loops)
        {
            all.Add(await loop.ConfigureAwait(false));
        }

        return all;
    }

    private static async Task<LatencyHistogram> LoopAsync(int loop, int inFlight, double seconds, FlightOperation operation)
    {
        var latency = new LatencyHistogram();
        var box = new TimeBox(seconds);
        for (int number = loop * (ClusterData.Items / inFlight); box.HasTurn(); number++)
        {
            long start = Stopwatch.GetTimestamp();
            await operation(number).ConfigureAwait(false);
            latency.RecordSince(start);
        }

        return latency;
    }
}
