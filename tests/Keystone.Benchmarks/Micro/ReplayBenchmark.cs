using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Keystone.Benchmarks.Workloads;
using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Recovery;
using Keystone.Storage.Versions;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// What it takes to replay a log: how much of an open is reading and checking groups, and how much is filling memtables. The log lies
/// in the page cache, records are 16 + 100 bytes in batches of 32 over 256 stripes, nothing was flushed.
/// </summary>
internal static class ReplayBenchmark
{
    private const int Stripes = 256;
    private const int ValueBytes = 100;
    private const int BatchRecords = 32;
    private const int Rounds = 5;

    private static readonly int[] ThreadCounts = [1, 2];

    public static Command ToCommand()
    {
        Option<int> mebibytes = new("--mib") { DefaultValueFactory = _ => 256, Description = "Size of the log in MiB." };
        Option<string> directory = new("--directory")
        {
            DefaultValueFactory = _ => Path.Combine("artifacts", "bench"),
            Description = "Where the store lies.",
        };
        Command command =
            new("replay", "Measures the replay of a log: reading it by itself, and opening the store.") { mebibytes, directory };
        command.SetAction(async (parsed, _) =>
        {
            string path = Path.Combine(Path.GetFullPath(parsed.GetValue(directory)!), "replay");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            try
            {
                await RunAsync(path, parsed.GetValue(mebibytes), Console.Out);
            }
            finally
            {
                Directory.Delete(path, recursive: true);
            }
        });
        return command;
    }

    private static async Task RunAsync(string path, int mebibytes, TextWriter output)
    {
        await using ThreadJobHost host = new();
        StoreOptions options = new()
        {
            JobHost = host,
            StripeCount = Stripes,
            WriteBufferBytesMax = mebibytes * 4L << 20,
            LogBytesMax = mebibytes * 8L << 20,
            HugePages = false,
        };
        long operations = await FillAsync(path, options, mebibytes * 1L << 20);
        double[] read = new double[Rounds];
        double[][] open = [.. ThreadCounts.Select(_ => new double[Rounds])];
        for (int round = 0; round < Rounds; round++)
        {
            read[round] = ReadLog(path);
            for (int i = 0; i < ThreadCounts.Length; i++)
            {
                open[i][round] = await OpenAsync(path, options with { ReplayThreads = ThreadCounts[i] }, operations);
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"BENCH replay mib={mebibytes} operations={operations} unit=ms figure=read read={Median(read):F0}"));
        for (int i = 0; i < ThreadCounts.Length; i++)
        {
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"BENCH replay mib={mebibytes} operations={operations} unit=ms figure=open "
                + $"threads={ThreadCounts[i]} open={Median(open[i]):F0}"));
        }
    }

    private static async Task<double> OpenAsync(string path, StoreOptions options, long operations)
    {
        long start = Stopwatch.GetTimestamp();
        await using StorageEngine engine = StorageEngine.Open(path, options);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        return engine.Statistics().MemoryEntries == operations
            ? milliseconds
            : throw new BenchmarkException($"{engine.Statistics().MemoryEntries} of {operations} operations came back.");
    }

    private static async Task<long> FillAsync(string path, StoreOptions options, long logBytes)
    {
        await using StorageEngine engine = StorageEngine.Create(path, options);
        StripeClaim[] claims = [.. Enumerable.Range(0, Stripes).Select(s => new StripeClaim(s, 1))];
        await engine.ClaimAsync(claims);
        foreach (StripeClaim claim in claims)
        {
            engine.TryServe(claim);
        }

        Random random = new(1);
        byte[] key = new byte[16];
        byte[] value = new byte[ValueBytes];
        long operations = 0;
        while (engine.Statistics().LogBytesWritten < logBytes)
        {
            for (int repeat = 0; repeat < 1000; repeat++)
            {
                WriteBatch batch = new();
                StripeClaim claim = claims[random.Next(Stripes)];
                for (int i = 0; i < BatchRecords; i++, operations++)
                {
                    random.NextBytes(key);
                    random.NextBytes(value);
                    batch.Put(claim, key, value);
                }

                await engine.WriteAsync(batch, WriteDurability.Buffered);
            }
        }

        return operations;
    }

    /// <summary>Reads and checks every group, as replay does, and hands them to nobody.</summary>
    private static double ReadLog(string path)
    {
        MemoryAccount account = new("replay benchmark");
        PosixFileSystem files = PosixFileSystem.Instance;
        StoreIdentity identity = StoreIdentity.Read(files, path);
        ManifestFile manifests = new(files, path, identity.StoreId, account);
        ManifestState state = manifests.Read(manifests.ReadCurrent(), identity.StripeCount, out _);
        long start = Stopwatch.GetTimestamp();
        new LogReplay(files, path, identity.StoreId, account).Read(state, static (_, _, _, _) => { });
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static double Median(double[] figures) => figures.Order().ElementAt(figures.Length / 2);
}
