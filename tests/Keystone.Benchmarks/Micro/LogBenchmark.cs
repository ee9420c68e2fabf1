using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Keystone.Benchmarks.Measuring;
using Keystone.Storage.Buffers;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// What it takes to bring a group onto stable storage, by the way it is written: alone, and while a compaction keeps the same disk busy.
/// The ways take turns of a fraction of a second, each at every place of the order, so that a spell of the disk meets all of them.
/// </summary>
internal sealed class LogBenchmark : IDisposable
{
    private const int Rounds = 3;
    private const double FullTurnSeconds = 0.1;
    private const double QuickTurnSeconds = 0.025;
    private const int StepBytes = 256 << 10;

    // One put; 64 and 512 puts of 100 bytes with their keys, rounded.
    private static readonly int[] GroupBytes = [256, 8 << 10, SegmentRing.GroupBytesMax];

    // What the log is written beside, and how much of a table is synced at once there.
    private static readonly (string Name, int? SyncBytes)[] Besides =
    [
        ("idle", null), ("compaction", CompactionLoad.TableBytes), ("compaction_steps", StepBytes),
    ];

    private static readonly JsonSerializerOptions JsonFormat = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly double _turnSeconds;
    private readonly CompactionLoad _compaction;
    private readonly SegmentRing[] _rings;
    private readonly List<LogRound> _rounds = [];

    private LogBenchmark(string directory, double turnSeconds)
    {
        MemoryAccount account = new("log benchmark");
        _turnSeconds = turnSeconds;
        _compaction = new CompactionLoad(Path.Combine(directory, "tables"), account);
        _rings = [.. LogWay.All.Select(way => new SegmentRing(Path.Combine(directory, way.Name), way, account))];
    }

    public static Command ToCommand()
    {
        Option<bool> quick = new("--quick") { Description = "Shorter turns." };
        Option<FileInfo?> json = new("--json") { Description = "Also writes all figures, every round of them, to this file." };
        Option<DirectoryInfo> directory = new("--directory")
        {
            DefaultValueFactory = static _ => new DirectoryInfo(Path.Combine("artifacts", "bench")),
            Description = "Where the segments lie, on the disk that is to be measured. What is made there is removed afterwards.",
        };
        Command command = new("log", "Ways to write the log: fdatasync, O_DSYNC and O_DIRECT, alone and beside a compaction.")
        {
            quick, json, directory,
        };
        command.SetAction(parsed => Run(
            Path.Combine(parsed.GetValue(directory)!.FullName, $"log-{Environment.ProcessId}"),
            parsed.GetValue(quick) ? QuickTurnSeconds : FullTurnSeconds,
            parsed.GetValue(json)));
        return command;
    }

    public void Dispose()
    {
        _compaction.Dispose();
        Array.ForEach(_rings, static ring => ring.Dispose());
    }

    private static void Run(string directory, double turnSeconds, FileInfo? json)
    {
        Directory.CreateDirectory(directory);
        try
        {
            using LogBenchmark benchmark = new(directory, turnSeconds);
            List<LogFigure> figures = benchmark.Measure();
            figures.ForEach(static figure => Console.WriteLine(figure.ToText()));
            if (json is not null)
            {
                var document = new { turnSeconds, Cores = Environment.ProcessorCount, Runtime = Environment.Version.ToString(), figures };
                File.WriteAllText(json.FullName, JsonSerializer.Serialize(document, JsonFormat));
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private List<LogFigure> Measure()
    {
        Array.ForEach(_rings, static ring => ring.WriteLap());
        for (int round = 0; round < Rounds; round++)
        {
            for (int place = 0; place < Besides.Length; place++)
            {
                (string beside, int? syncBytes) = Besides[(round + place) % Besides.Length];
                Measure(beside, syncBytes);
            }
        }

        Array.ForEach(_rings, static ring => ring.Check());
        return [.. Besides.SelectMany(beside => GroupBytes.SelectMany(groupBytes => FiguresOf(beside.Name, groupBytes)))];
    }

    private void Measure(string beside, int? syncBytes)
    {
        if (syncBytes is { } bytes)
        {
            _compaction.Start(bytes);
        }

        foreach (int groupBytes in GroupBytes)
        {
            MeasureWays(beside, groupBytes);
        }

        _compaction.Stop();
    }

    /// <summary>One round of all ways, in as many turns as there are ways: each has every place of the order once.</summary>
    private void MeasureWays(string beside, int groupBytes)
    {
        LogRound[] rounds = [.. LogWay.All.Select(way => new LogRound(way.Name, groupBytes, beside))];
        for (int turn = 0; turn < rounds.Length; turn++)
        {
            for (int place = 0; place < rounds.Length; place++)
            {
                int way = (turn + place) % rounds.Length;
                TakeTurn(_rings[way], rounds[way]);
            }
        }

        _rounds.AddRange(rounds);
    }

    private void TakeTurn(SegmentRing ring, LogRound round)
    {
        long compacted = _compaction.BytesWritten;
        long start = Stopwatch.GetTimestamp();
        long before = start;
        TimeBox time = new(_turnSeconds);
        while (time.HasTurnAt(before))
        {
            ring.Write(round.GroupBytes);
            round.Latencies.RecordSince(before);
            before = Stopwatch.GetTimestamp();
        }

        round.Seconds += Stopwatch.GetElapsedTime(start, before).TotalSeconds;
        round.CompactedBytes += _compaction.BytesWritten - compacted;
    }

    private IEnumerable<LogFigure> FiguresOf(string beside, int groupBytes)
    {
        LogRound[] RoundsOf(LogWay way) =>
            [.. _rounds.Where(round => round.Way == way.Name && round.GroupBytes == groupBytes && round.Beside == beside)];

        LogRound[] engines = RoundsOf(LogWay.DataSync);
        return LogWay.All.Select(way => LogFigure.Of(RoundsOf(way), engines));
    }
}
