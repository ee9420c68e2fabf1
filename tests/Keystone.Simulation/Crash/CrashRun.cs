using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Crash;

/// <summary>
/// One run of a script on a simulated disk, from the creation of the store to its close. Everything is drawn from the seed. The oracle
/// is kept up to date at every moment, so that whoever forks the disk in between knows what the fork has to hold.
/// </summary>
internal sealed class CrashRun
{
    private readonly CrashScript _script;
    private readonly Random _random;
    private readonly List<(ValueTask<WriteResult> Write, Batch Batch, WriteDurability Durability)> _inFlight = [];
    private readonly List<(Snapshot Snapshot, int Count)> _snapshots = [];
    private StorageEngine? _engine;

    public CrashRun(CrashScript script, int seed, SimulatedFileSystem files)
    {
        _script = script;
        Seed = seed;
        Files = files;
        Host = new SeededJobHost(seed);
        _random = new Random(seed);
        Options = SwarmOptions.Draw(seed, files, Host);
    }

    public int Seed { get; }

    public SimulatedFileSystem Files { get; }

    public SeededJobHost Host { get; }

    public StoreOptions Options { get; }

    public History History { get; } = new();

    /// <summary>Whether the creation of the store was acknowledged; before that there may be none.</summary>
    public bool IsCreated { get; private set; }

    /// <summary>Whether all claims were acknowledged.</summary>
    public bool IsClaimed { get; private set; }

    public void Run()
    {
        _engine = StorageEngine.Create(SwarmOptions.Directory, Options);
        IsCreated = true;
        Host.Await(_engine.ClaimAsync(Enumerable.Range(0, _engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        IsClaimed = true;
        Serve(_engine);
        for (int i = 0; i < _script.Operations; i++)
        {
            Do(_script.Draw(_random));
        }

        Close();
    }

    public static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            if (!engine.TryServe(new StripeClaim(stripe, 1)))
            {
                throw new CrashFailure($"stripe {stripe} is not claimed");
            }
        }
    }

    private void Do(string operation)
    {
        switch (operation)
        {
            case nameof(CrashScript.Put):
                Write([DrawPut()]);
                break;
            case nameof(CrashScript.Delete):
                Write([new Change(DrawStripe(), DrawKey(), null)]);
                break;
            case nameof(CrashScript.Batch):
                Write([.. Enumerable.Range(0, 2 + _random.Next(8)).Select(_ => DrawPut())]);
                break;
            case nameof(CrashScript.Drop):
                WriteDrop();
                break;
            case nameof(CrashScript.Plan):
                WritePlan();
                break;
            case nameof(CrashScript.Sync):
                Settle();
                int count = History.Count;
                Host.Await(_engine!.SyncAsync());
                History.AcknowledgeSync(count);
                break;
            case nameof(CrashScript.Flush):
                Settle();
                Host.Await(_engine!.FlushAsync());
                History.AcknowledgeSync(History.Count);
                break;
            case nameof(CrashScript.FlushOne):
                Host.Await(_engine!.FlushAsync([DrawStripe()]));
                break;
            case nameof(CrashScript.Compact):
                Host.Await(_engine!.CompactAsync());
                break;
            case nameof(CrashScript.Snapshot):
                TakeOrCheckSnapshot();
                break;
            default:
                Close();
                _engine = StorageEngine.Open(SwarmOptions.Directory, Options);
                Serve(_engine);
                break;
        }
    }

    private void Write(IReadOnlyList<Change> changes)
    {
        WriteDurability durability = _random.NextDouble() < _script.SyncedShare ? WriteDurability.Synced : WriteDurability.Buffered;
        WriteBatch batch = new();
        foreach (Change change in changes)
        {
            change.AddTo(batch);
        }

        long stalled = _engine!.Statistics().StalledWrites;
        Batch noted = History.Add([.. changes.Select((c, i) => (c, i)).OrderBy(p => p.c.Stripe).ThenBy(p => p.i).Select(p => p.c)]);
        ValueTask<WriteResult> write = changes.Count == 1 && changes[0].To is null && changes[0].Value is { } value
            ? _engine.PutAsync(new StripeClaim(changes[0].Stripe, 1), changes[0].Key, value, durability)
            : _engine.WriteAsync(batch, durability);
        _inFlight.Add((write, noted, durability));

        // A write that had to wait has no number yet; the order of the log is known only if nothing overtakes it.
        if (_inFlight.Count >= _script.InFlight || _engine.Statistics().StalledWrites != stalled)
        {
            Settle();
        }
    }

    /// <summary>Waits for all writes that are under way, in any order of completion.</summary>
    private void Settle()
    {
        while (_inFlight.Count > 0)
        {
            Host.RunUntil(() => _inFlight.Exists(w => w.Write.IsCompleted));
            int done = _inFlight.FindIndex(w => w.Write.IsCompleted);
            (ValueTask<WriteResult> write, Batch batch, WriteDurability durability) = _inFlight[done];
            _inFlight.RemoveAt(done);
            WriteResult result = write.GetAwaiter().GetResult();
            Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            History.Acknowledge(batch, durability);
        }
    }

    private void WriteDrop()
    {
        byte[] a = DrawKey();
        byte[] b = DrawKey();
        int order = ByteOrder.Instance.Compare(a, b);
        Write([order == 0 ? new Change(DrawStripe(), a, null, []) : new Change(DrawStripe(), order < 0 ? a : b, null, order < 0 ? b : a)]);
    }

    /// <summary>
    /// A counter that refuses when it has reached three: what a refusal saw must be durable when a synced refusal is answered.
    /// </summary>
    private void WritePlan()
    {
        Settle();
        int stripe = DrawStripe();
        byte[] key = [(byte)'n', (byte)_random.Next(3)];
        WriteDurability durability = _random.NextDouble() < _script.SyncedShare ? WriteDurability.Synced : WriteDurability.Buffered;
        CounterPlan plan = new(new StripeClaim(stripe, 1), key);
        byte[]? before = History.StateAfter(History.Count).GetValueOrDefault(stripe)?.GetValueOrDefault(key);
        byte next = (byte)((before?[0] ?? 0) + 1);
        Batch? noted = next <= CounterPlan.Limit ? History.Add([new Change(stripe, key, [next])]) : null;
        WriteResult result = Host.Await(_engine!.WriteAsync(plan, durability));
        Require(
            result.Status == (noted is null ? WriteStatus.Refused : WriteStatus.Committed),
            $"a plan over {before?[0]} was answered with {result.Status}");
        if (noted is not null)
        {
            History.Acknowledge(noted, durability);
        }
        else if (durability == WriteDurability.Synced && before is not null)
        {
            // The refusal told that the counter is at its limit.
            int known = History.LastChangeOf(stripe, key) + 1;
            History.AcknowledgeSync(known);
        }
    }

    private void TakeOrCheckSnapshot()
    {
        Settle();
        if (_snapshots.Count < 3)
        {
            _snapshots.Add((_engine!.TakeSnapshot(), History.Count));
            return;
        }

        (Snapshot snapshot, int count) = _snapshots[0];
        _snapshots.RemoveAt(0);
        StoreCheck.RequireState(_engine!, History.StateAfter(count), snapshot);
        snapshot.Dispose();
    }

    private void Close()
    {
        Settle();
        foreach ((Snapshot snapshot, int count) in _snapshots)
        {
            StoreCheck.RequireState(_engine!, History.StateAfter(count), snapshot);
            snapshot.Dispose();
        }

        _snapshots.Clear();
        StoreCheck.RequireState(_engine!, History.StateAfter(History.Count), snapshot: null);
        StorageEngine engine = _engine!;
        Host.Await(engine.DisposeAsync());
        string left = string.Join(", ", engine.Accounts.All.Where(a => a.Bytes != 0).Select(a => $"{a.Name} {a.Bytes}"));
        Require(left.Length == 0, $"native memory is left: {left}");
        Require(Files.OpenHandles == 0, $"{Files.OpenHandles} handles are open after the close");
    }

    private int DrawStripe() => _random.Next(Options.StripeCount);

    private byte[] DrawKey()
    {
        byte[] key = new byte[1 + _random.Next(6)];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (byte)('a' + _random.Next(4));
        }

        return key;
    }

    private Change DrawPut()
    {
        byte[] value = new byte[_random.Next(_script.ValueBytesMax)];
        _random.NextBytes(value);
        return new Change(DrawStripe(), DrawKey(), value);
    }

    private static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new CrashFailure(what);
        }
    }
}
