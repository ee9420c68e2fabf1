using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Model;

/// <summary>
/// One store beside a reference map, through everything that the engine can be asked for. What enters is a seed, which draws the options
/// and all operations; what leaves is the number of operations. What always holds: every answer is the reference's, at the present moment
/// and at every snapshot and iterator that is still open, whatever was flushed, merged or reopened meanwhile.
/// </summary>
internal sealed class ModelRun
{
    /// <summary>Long enough that levels fill, short enough that many options have their turn.</summary>
    private const int OperationsMax = 4000;

    private const int SnapshotsMax = 3;
    private const int WalksMax = 4;
    private const int MovesMax = 24;

    private readonly Random _random;
    private readonly SimulatedFileSystem _files = new();
    private readonly SeededJobHost _host;
    private readonly StoreOptions _options;
    private readonly ReferenceMap _map;
    private readonly List<(Snapshot Snapshot, ReferenceMap Map)> _snapshots = [];
    private readonly List<Walk> _walks = [];
    private readonly byte[] _value = new byte[8 << 10];
    private readonly int _seed;
    private StorageEngine _engine;
    private ModelWrites _writes;
    private long _operations;
    private int _lives;

    public ModelRun(int seed)
    {
        _seed = seed;
        _random = new Random(seed);
        _host = new SeededJobHost(seed);
        _options = LawOptions.Draw(seed, _files, _host) with { InMemory = seed % 5 == 0 };
        _map = new ReferenceMap(_options.StripeCount);
        _engine = LawOptions.Create(_options, _host);
        _writes = new ModelWrites(_engine, _host, _map, _random, EndWalks);
    }

    /// <summary>Runs to the end. Returns the operations that were compared.</summary>
    public long Run()
    {
        while (_operations < OperationsMax)
        {
            Do(_random.Next(1000));
        }

        RequireEverything();
        End();
        return _operations;
    }

    private void Do(int choice)
    {
        switch (choice)
        {
            case < 380:
                _writes.WriteOne();
                _operations++;
                break;
            case < 430:
                _operations += _writes.WriteBatch();
                break;
            case < 460:
                _writes.WritePlan();
                _operations++;
                break;
            case < 464:
                _writes.Drop();
                _operations++;
                break;
            case < 760:
                Get();
                break;
            case < 960:
                Move();
                break;
            case < 975:
                TakeOrEndSnapshot();
                break;
            default:
                Maintain(choice - 975);
                break;
        }
    }

    private void Get()
    {
        _writes.Settle();
        (Snapshot? snapshot, ReferenceMap map) = DrawMoment();
        int stripe = _random.Next(map.StripeCount);
        byte[] key = KeyDice.Key(_random);
        byte[]? expected = map.Get(stripe, key);
        ReadResult result = _engine.Get(new StripeClaim(stripe, 1), key, _value, snapshot);
        LawFailure.Require(
            result.Status == (expected is null ? ReadStatus.NotFound : ReadStatus.Found)
            && (expected is null || _value.AsSpan(0, result.ValueBytes).SequenceEqual(expected)),
            $"stripe {stripe}, key {Convert.ToHexString(key)}: a get finds {result}, "
            + $"expected {(expected is null ? "nothing" : $"{expected.Length} bytes")}");
        _operations++;
    }

    private void Move()
    {
        _writes.Settle();
        if (_walks.Count < WalksMax)
        {
            (Snapshot? snapshot, ReferenceMap map) = DrawMoment();
            int stripe = _random.Next(map.StripeCount);
            (byte[] from, byte[] to) = KeyDice.Bounds(_random);
            StripeIterator? iterator = _engine.OpenIterator(new StripeClaim(stripe, 1), from, to, snapshot);
            _walks.Add(new Walk(iterator ?? throw new LawFailure($"stripe {stripe} is not served"), map.Range(stripe, from, to)));
        }

        Walk walk = _walks[_random.Next(_walks.Count)];
        for (int moves = 1 + _random.Next(MovesMax); moves > 0; moves--)
        {
            walk.Move(_random, KeyDice.Key(_random));
            _operations++;
        }

        if (_random.Next(3) == 0)
        {
            walk.Dispose();
            _walks.Remove(walk);
        }
    }

    private void TakeOrEndSnapshot()
    {
        _writes.Settle();
        if (_snapshots.Count < SnapshotsMax && _random.Next(2) == 0)
        {
            _snapshots.Add((_engine.TakeSnapshot(), _map.Copy()));
        }
        else if (_snapshots.Count > 0)
        {
            // Iterators go before the moments that they stand at.
            EndWalks();
            int at = _random.Next(_snapshots.Count);
            RequireMoment(_snapshots[at].Snapshot, _snapshots[at].Map);
            _snapshots[at].Snapshot.Dispose();
            _snapshots.RemoveAt(at);
        }

        _operations++;
    }

    private void Maintain(int choice)
    {
        switch (choice)
        {
            case < 4:
                _host.Await(_engine.FlushAsync([_random.Next(_engine.StripeCount)]));
                break;
            case < 7:
                _host.Await(_engine.FlushAsync());
                break;
            case 7:
                _host.Await(_engine.CompactAsync());
                break;
            case 8 when !_options.InMemory:
                Reopen();
                break;
            default:
                _host.RunFor(TimeSpan.FromMilliseconds(_random.Next(20)));
                break;
        }

        _operations++;
    }

    private void Reopen()
    {
        RequireEverything();
        End();
        StoreOptions next = LawOptions.Draw(unchecked((_seed * 31) + ++_lives), _files, _host);
        _engine = LawOptions.Open(next with { StripeCount = _options.StripeCount, KeyRing = _options.KeyRing });
        _writes = new ModelWrites(_engine, _host, _map, _random, EndWalks);
    }

    private void RequireEverything()
    {
        _writes.Settle();
        foreach ((Snapshot snapshot, ReferenceMap map) in _snapshots)
        {
            RequireMoment(snapshot, map);
        }

        RequireMoment(snapshot: null, _map);
    }

    private void RequireMoment(Snapshot? snapshot, ReferenceMap map)
    {
        for (int stripe = 0; stripe < map.StripeCount; stripe++)
        {
            StripeIterator? iterator = _engine.OpenIterator(new StripeClaim(stripe, 1), snapshot: snapshot);
            using Walk walk = new(iterator ?? throw new LawFailure($"stripe {stripe} is not served"), map.Range(stripe, [], []));
            walk.RequireAll(isBackward: false);
            walk.RequireAll(isBackward: true);
            _operations += 2 * map[stripe].Count;
        }
    }

    private (Snapshot? Snapshot, ReferenceMap Map) DrawMoment()
    {
        int at = _random.Next(SnapshotsMax * 2);
        return at < _snapshots.Count ? _snapshots[at] : (null, _map);
    }

    private void EndWalks()
    {
        _walks.ForEach(walk => walk.Dispose());
        _walks.Clear();
    }

    private void End()
    {
        _writes.Settle();
        EndWalks();
        _snapshots.ForEach(s => s.Snapshot.Dispose());
        _snapshots.Clear();
        LawOptions.Close(_engine, _host);
        LawFailure.Require(_files.OpenHandles == 0, $"{_files.OpenHandles} handles are open after the close");
    }
}
