using Keystone.Simulation.Laws.Model;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Snapshots;

/// <summary>
/// Few keys that are written, removed and dropped again and again while several snapshots are held. What enters is a seed. What always
/// holds: after every flush and every compaction each snapshot and the present answer as before it, by scans both ways and by gets, of
/// removed keys too; and once no snapshot is left, a compaction leaves one version of each key and nothing of what was removed.
/// </summary>
internal sealed class SnapshotRun
{
    private const int Operations = 150;
    private const int KeyCount = 12;
    private const int SnapshotsMax = 5;

    private readonly Random _random;
    private readonly SeededJobHost _host;
    private readonly StoreOptions _options;
    private readonly ReferenceMap _map;
    private readonly StorageEngine _engine;
    private readonly List<(Snapshot Snapshot, ReferenceMap Map)> _held = [];
    private readonly byte[] _value = new byte[1 << 10];
    private long _jobs;

    public SnapshotRun(int seed)
    {
        _random = new Random(seed);
        _host = new SeededJobHost(seed);
        _options = LawOptions.Draw(seed, new SimulatedFileSystem(), _host) with { StripeCount = 1 + (seed & 1), InMemory = seed % 5 == 0 };
        _map = new ReferenceMap(_options.StripeCount);
        _engine = LawOptions.Create(_options, _host);
    }

    /// <summary>Runs to the end. Returns the deep checks that were made.</summary>
    public long Run()
    {
        long checks = 0;
        for (int i = 0; i < Operations; i++)
        {
            Do(_random.Next(20));
            StoreStatistics statistics = _engine.Statistics();
            if (statistics.Flushes + statistics.Compactions != _jobs)
            {
                _jobs = statistics.Flushes + statistics.Compactions;
                RequireAll();
                checks++;
            }
        }

        RequireAll();
        _held.ForEach(held => held.Snapshot.Dispose());
        RequireNothingLeft();
        LawOptions.Close(_engine, _host);
        return checks + 1;
    }

    private void Do(int choice)
    {
        switch (choice)
        {
            case < 11:
                Write(new Change(_random.Next(_map.StripeCount), DrawKey(), _random.Next(3) == 0 ? null : DrawValue()));
                break;
            case 11 when _random.Next(2) == 0:
                Write(new Change(_random.Next(_map.StripeCount), DrawKey(), null, []));
                break;
            case < 14 when _held.Count < SnapshotsMax:
                _held.Add((_engine.TakeSnapshot(), _map.Copy()));
                break;
            case 14 when _held.Count > 0:
                int at = _random.Next(_held.Count);
                _held[at].Snapshot.Dispose();
                _held.RemoveAt(at);
                break;
            case < 18:
                _host.Await(_engine.FlushAsync());
                break;
            case 18:
                _host.Await(_engine.CompactAsync());
                break;
            default:
                _host.RunFor(TimeSpan.FromMilliseconds(_random.Next(20)));
                break;
        }
    }

    private void Write(params Change[] changes)
    {
        WriteBatch batch = new();
        foreach (Change change in changes)
        {
            change.AddTo(batch);
            _map.Apply(change);
        }

        WriteResult result = _host.Await(_engine.WriteAsync(batch, WriteDurability.Buffered));
        LawFailure.Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
    }

    private void RequireAll()
    {
        RequireMoment(snapshot: null, _map);
        foreach ((Snapshot snapshot, ReferenceMap map) in _held)
        {
            RequireMoment(snapshot, map);
        }
    }

    private void RequireMoment(Snapshot? snapshot, ReferenceMap map)
    {
        for (int stripe = 0; stripe < map.StripeCount; stripe++)
        {
            StripeClaim claim = new(stripe, 1);
            StripeIterator? iterator = _engine.OpenIterator(claim, snapshot: snapshot);
            using Walk walk = new(iterator ?? throw new LawFailure($"stripe {stripe} is not served"), map.Range(stripe, [], []));
            walk.RequireAll(isBackward: false);
            walk.RequireAll(isBackward: true);
            for (byte key = 0; key < KeyCount; key++)
            {
                byte[]? expected = map.Get(stripe, [key]);
                ReadResult result = _engine.Get(claim, [key], _value, snapshot);
                LawFailure.Require(
                    result.Status == (expected is null ? ReadStatus.NotFound : ReadStatus.Found)
                    && (expected is null || _value.AsSpan(0, result.ValueBytes).SequenceEqual(expected)),
                    $"stripe {stripe}, key {key}: {result} {(snapshot is null ? "now" : "in a snapshot")}, not {expected?.Length} bytes");
            }
        }
    }

    /// <summary>
    /// What nobody can see takes no room any more, once a compaction has come by. It comes by where something new lies above, so each
    /// stripe gets its first key and its last, at once, so that they come into one file.
    /// </summary>
    private void RequireNothingLeft()
    {
        for (int stripe = 0; stripe < _map.StripeCount; stripe++)
        {
            Write(new Change(stripe, [0], DrawValue()), new Change(stripe, [KeyCount - 1], DrawValue()));
        }

        _host.Await(_engine.CompactAsync());
        StoreStatistics statistics = _engine.Statistics();
        LawFailure.Require(
            statistics.FileEntries + statistics.MemoryEntries == _map.KeyCount,
            $"{statistics.FileEntries} versions in files and {statistics.MemoryEntries} in memory are left of {_map.KeyCount} keys");
        _held.Clear();
        RequireAll();
    }

    private byte[] DrawKey() => [(byte)_random.Next(KeyCount)];

    private byte[] DrawValue()
    {
        byte[] value = new byte[_random.Next(300)];
        _random.NextBytes(value);
        return value;
    }
}
