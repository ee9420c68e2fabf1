using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Measuring;
using Keystone.Benchmarks.Reporting;
using Keystone.Benchmarks.Workloads;
using Keystone.Model.Items;

namespace Keystone.Benchmarks.Cities;

/// <summary>
/// The <c>cities</c> command: real records through a real server. A <c>kstone-server</c> on an empty directory takes every record of
/// the file through an Orleans client outside of it, is killed with SIGKILL after the last acknowledgement, and is started again on the
/// same directory. Then all records are read and compared with the file, so that a figure stands for data that survived.
/// </summary>
internal sealed class CitiesCommand
{
    private const string Workload = "cities";
    private const string SecondsUnit = "s";
    private const int RoundsDefault = 3;

    private readonly Option<int> _rounds = new("--rounds")
    {
        Description = "Rounds, each on an empty directory; the median of them is printed.",
        DefaultValueFactory = static _ => RoundsDefault,
    };

    private readonly Option<FileInfo> _file = new("--file")
    {
        Description = "The records: gzip, one JSON object a line, with the keys country and place.",
        DefaultValueFactory = static _ => new FileInfo(Path.Combine("samples", "data", "cities.jsonl.gz")),
    };

    private readonly Option<FileInfo> _program = new("--program")
    {
        Description = $"The program {ServerProcess.Name}; built with -c Release.",
        DefaultValueFactory = static _ => new FileInfo(Path.Combine("artifacts", "bin", "Keystone.Server", "release", ServerProcess.Name)),
    };

    private readonly Option<DirectoryInfo> _directory = new("--directory")
    {
        Description = "Where the disk of the server lies. Removed afterwards.",
        DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "bench")),
    };

    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also writes all figures to this file." };

    public Command ToCommand()
    {
        var command = new Command("cities", "Imports the cities durably into a server, kills it, and reopens it.")
        {
            _rounds, _file, _program, _directory, _json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = new CitiesPlan(
            parsed.GetValue(_rounds), parsed.GetValue(_file)!.FullName, parsed.GetValue(_program)!.FullName,
            Path.Combine(parsed.GetValue(_directory)!.FullName, $"cities-{Environment.ProcessId}"));
        BenchmarkException.Require(plan.Rounds > 0, "--rounds must be at least 1.");
        BenchmarkException.Require(File.Exists(plan.Program), $"{plan.Program} is not there. Build the solution with -c Release first.");
        CityRecords records = await CityRecords.ReadAsync(plan.File, cancellationToken).ConfigureAwait(false);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"# cities rounds={plan.Rounds} records={records.Count} cores={Environment.ProcessorCount} runtime={Environment.Version}"));
        var table = new BenchTable([EngineCatalog.Own]);
        for (int round = 0; round < plan.Rounds; round++)
        {
            table.Add(EngineCatalog.Own, await MeasureAsync(plan, records, cancellationToken).ConfigureAwait(false));
        }

        List<BenchLine> lines = table.ToLines();
        lines.ForEach(static line => Console.WriteLine(line.ToText()));
        if (parsed.GetValue(_json) is { } file)
        {
            BenchJson.Write(file.FullName, plan, lines);
        }

        return 0;
    }

    private static async Task<Measurement[]> MeasureAsync(CitiesPlan plan, CityRecords records, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(plan.Directory);
        try
        {
            string disk = Path.Combine(plan.Directory, "disk");
            Measurement import = await ImportAsync(plan, disk, records, cancellationToken).ConfigureAwait(false);
            Measurement reopen = await ReopenAsync(plan, disk, records, cancellationToken).ConfigureAwait(false);
            return [import, reopen];
        }
        finally
        {
            Directory.Delete(plan.Directory, recursive: true);
        }
    }

    /// <summary>Counted: from the first byte read of the file to the last acknowledgement. The server is killed right after.</summary>
    private static async Task<Measurement> ImportAsync(
        CitiesPlan plan, string disk, CityRecords records, CancellationToken cancellationToken)
    {
        using var server = ServerProcess.Start(plan.Program, disk);
        await using CityClient client = await CityClient.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        await client.CreateTableAsync(cancellationToken).ConfigureAwait(false);
        long started = Stopwatch.GetTimestamp();
        long acknowledged = await client.ImportAsync(plan.File, cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        await server.KillAsync().ConfigureAwait(false);
        BenchmarkException.Require(acknowledged == records.Count, $"{acknowledged} of {records.Count} records were acknowledged.");
        return Figure(records, "import", seconds, ("records_s", acknowledged / seconds), ("disk_mib", MiBOf(disk)));
    }

    /// <summary>
    /// Counted: from the start of the process to the first answered get of a client that connects meanwhile; beside it what the server
    /// says that opening its disk took, which is the engine's recovery and the reading of the catalog.
    /// </summary>
    private static async Task<Measurement> ReopenAsync(
        CitiesPlan plan, string disk, CityRecords records, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using var server = ServerProcess.Start(plan.Program, disk);
        await using CityClient client = await CityClient.ConnectAsync(server, cancellationToken).ConfigureAwait(false);
        Item? first = await client.GetFirstAnswerAsync(records.First, cancellationToken).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        BenchmarkException.Require(first == records.First, $"The first record is {first} after the kill, and was {records.First}.");
        (long replayed, double engineSeconds) = await server.OpenedAsync(cancellationToken).ConfigureAwait(false);
        await client.RequireAllAsync(records, cancellationToken).ConfigureAwait(false);
        return Figure(records, "reopen", seconds, ("engine_s", engineSeconds), ("replayed", replayed));
    }

    private static Measurement Figure(CityRecords records, string figure, double seconds, params (string Name, double Value)[] extra)
        => new(Workload, records.BytesMean, CityClient.InFlightMax, $"figure={figure}", seconds)
        {
            Unit = SecondsUnit,
            Extra = new SortedDictionary<string, double>(
                extra.ToDictionary(static e => e.Name, static e => e.Value), StringComparer.Ordinal),
        };

    private static double MiBOf(string directory)
        => new DirectoryInfo(directory).EnumerateFiles().Sum(static file => file.Length) / (double)(1 << 20);
}

/// <summary>What a run of the cities benchmark does.</summary>
internal sealed record CitiesPlan(int Rounds, string File, string Program, string Directory);
