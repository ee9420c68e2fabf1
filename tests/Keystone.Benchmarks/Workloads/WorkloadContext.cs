using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines;

namespace Keystone.Benchmarks.Workloads;

/// <summary>What one measuring process is asked to do, and the stores that it may open.</summary>
/// <param name="Engine">Name in the catalog.</param>
/// <param name="Workload">Name in the catalog of workloads.</param>
/// <param name="ValueBytes">Length of every value.</param>
/// <param name="Records">How many records the data has.</param>
/// <param name="ReadSeconds">How long a timed read or durable loop runs.</param>
/// <param name="WarmSeconds">How long the code is run before the clock starts, so that it is compiled for good.</param>
/// <param name="BaseDirectory">The settled store with all records, which reads leave as it is.</param>
/// <param name="ScratchDirectory">Stores of this process alone. Removed by the parent.</param>
internal sealed record WorkloadContext(
    string Engine,
    string Workload,
    int ValueBytes,
    int Records,
    double ReadSeconds,
    double WarmSeconds,
    string BaseDirectory,
    string ScratchDirectory)
{
    /// <summary>User bytes that stay in memory in every engine: below a single write buffer of RocksDB with its overhead.</summary>
    private const long UnflushedBytesMax = 40L << 20;

    /// <summary>The scratch directory that holds the copy of the base.</summary>
    public const string CopyName = "copy";

    /// <summary>How many records can be written without any engine beginning to flush.</summary>
    public int UnflushedRecords => (int)Math.Min(Records, UnflushedBytesMax / (RecordShape.KeyBytes + ValueBytes));

    public IBenchEngine OpenBase() => EngineCatalog.Open(Engine, BaseDirectory, ValueBytes);

    public IBenchEngine OpenScratch(string name) => EngineCatalog.Open(Engine, ScratchPath(name), ValueBytes);

    /// <summary>Opens a copy of the base, for workloads that write.</summary>
    public IBenchEngine OpenCopyOfBase()
    {
        string copy = ScratchPath(CopyName);
        CopyFiles(BaseDirectory, copy);
        return EngineCatalog.Open(Engine, copy, ValueBytes);
    }

    public string ScratchPath(string name) => Path.Combine(ScratchDirectory, name);

    private static void CopyFiles(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
