using System.Runtime.InteropServices;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>
/// Random reads of a store that was just opened and of which nothing lies in the page cache. The caches warm up while it runs.
/// Needs the right to drop the machine's page cache.
/// </summary>
internal static partial class ColdWorkload
{
    private const string DropCaches = "/proc/sys/vm/drop_caches";

    private static readonly int[] ThreadCounts = [1, 2];

    /// <summary>Why this workload cannot run here, or null when it can.</summary>
    public static string? Obstacle()
    {
        try
        {
            using FileStream file = new(DropCaches, FileMode.Open, FileAccess.Write);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"{DropCaches} cannot be written: {error.Message}";
        }
    }

    public static List<Measurement> Read(WorkloadContext context)
    {
        WarmCode(context);
        var results = new List<Measurement>();
        foreach (int threads in ThreadCounts)
        {
            ForgetPages();
            using IBenchEngine engine = context.OpenBase();
            LaneTotal total = Lanes.Run(
                threads,
                lane => RecordReader.GetExisting(engine, lane, context.Records, context.ValueBytes, context.ReadSeconds));
            results.Add(total.ToMeasurement(context.Workload, context.ValueBytes, threads));
        }

        return results;
    }

    private static void WarmCode(WorkloadContext context)
    {
        using IBenchEngine engine = context.OpenBase();
        Lanes.Run(2, lane => RecordReader.GetExisting(engine, lane, context.Records, context.ValueBytes, context.WarmSeconds));
    }

    private static void ForgetPages()
    {
        Sync();
        File.WriteAllText(DropCaches, "3");
    }

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void Sync();
}
