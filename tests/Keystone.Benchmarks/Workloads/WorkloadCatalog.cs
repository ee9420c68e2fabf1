using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Workloads;

/// <summary>The workloads by name, in the order in which they run.</summary>
internal static class WorkloadCatalog
{
    /// <summary>Fills the base store; runs once for an engine and a value size, before the first workload that reads it.</summary>
    public const string Prepare = "prepare";

    public const string Durable = "durable";
    public const string ReadCold = "readcold";
    public const string Alloc = "alloc";

    private static readonly Dictionary<string, Func<WorkloadContext, List<Measurement>>> Bodies = new(StringComparer.Ordinal)
    {
        [Prepare] = FillWorkload.Prepare,
        ["fillseq"] = FillWorkload.Sequential,
        ["fillrandom"] = FillWorkload.Random,
        ["fillbatch"] = FillWorkload.Batches,
        ["readrandom"] = ReadWorkload.Existing,
        ["readmissing"] = ReadWorkload.Missing,
        ["scan100"] = ScanWorkload.Partitions,
        ["fullscan"] = ScanWorkload.Everything,
        ["readwhilewriting"] = MixedWorkload.ReadWhileWriting,
        [ReadCold] = ColdWorkload.Read,
        [Durable] = DurableWorkload.Put,
        ["overwrite"] = OverwriteWorkload.Run,
        ["recovery"] = RecoveryWorkload.Reopen,
        ["latency"] = LatencyWorkload.Run,
        ["open"] = OpenWorkload.Time,
        [Alloc] = AllocationWorkload.Count,
    };

    private static readonly HashSet<string> WithBase =
        ["readrandom", "readmissing", "scan100", "fullscan", "readwhilewriting", ReadCold, "overwrite", "latency", "open"];

    /// <summary>All that the command line can name.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Bodies.Keys.Where(static name => name != Prepare)];

    public static bool NeedsBase(string workload) => WithBase.Contains(workload);

    /// <exception cref="EngineLacksException">The engine cannot do it, or cannot run here at all.</exception>
    public static List<Measurement> Run(WorkloadContext context)
    {
        EngineCatalog.RequireLoads(context.Engine);
        return Bodies[context.Workload](context);
    }
}
