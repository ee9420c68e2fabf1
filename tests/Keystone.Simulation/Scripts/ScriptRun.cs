using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Scripts;

/// <summary>
/// One run of a script on a simulated disk, from the creation of the store to its close. Everything is drawn from the seed. The oracle
/// is kept up to date at every moment, so that whoever forks the disk in between knows what the fork has to hold.
/// </summary>
internal sealed partial class ScriptRun
{
    private readonly Script _script;
    private readonly Random _random;
    private readonly FaultScript? _faults;
    private readonly List<(ValueTask<WriteResult> Write, Batch Batch, WriteDurability Durability)> _inFlight = [];
    private readonly List<(Snapshot Snapshot, int Count)> _snapshots = [];
    private StorageEngine? _engine;
    private int _lives;

    /// <summary>Makes a run on an empty disk. With <paramref name="faults"/> the calls of the engine go wrong by them.</summary>
    public ScriptRun(Script script, int seed, FaultScript? faults = null)
    {
        _script = script;
        _faults = faults;
        Seed = seed;
        Host = new SeededJobHost(seed);
        _random = new Random(seed);
        Disk = new SimulatedFileSystem();
        StoreOptions drawn = OptionsOn(Disk);
        Options = drawn with { StripeCount = Math.Max(drawn.StripeCount, script.StripesMin) };
    }

    public int Seed { get; }

    /// <summary>The disk that the run is on now; a crash puts another in its place.</summary>
    public SimulatedFileSystem Disk { get; private set; }

    /// <summary>The calls of the engine, when the run has faults.</summary>
    public FaultyFileSystem? Calls { get; private set; }

    public SeededJobHost Host { get; }

    public StoreOptions Options { get; private set; }

    public History History { get; } = new();

    /// <summary>Whether the creation of the store was acknowledged; before that there may be none.</summary>
    public bool IsCreated { get; private set; }

    /// <summary>Whether all claims were acknowledged.</summary>
    public bool IsClaimed { get; private set; }

    /// <summary>Gets each disk that the run goes on with, before the store is created or opened on it.</summary>
    public Action<SimulatedFileSystem>? OnDisk { get; init; }

    public void Run()
    {
        Begin();
        for (int i = 0; i < _script.Operations; i++)
        {
            DoNext();
        }

        Close();
    }

    /// <summary>Creates the store, claims and serves all stripes.</summary>
    public void Begin()
    {
        OnDisk?.Invoke(Disk);
        _engine = StorageEngine.Create(SwarmOptions.Directory, Options);
        IsCreated = true;
        Claim();
    }

    /// <summary>Does the next operation of the script.</summary>
    public void DoNext() => Do(_script.Draw(_random));

    /// <summary>What a crash at this very moment would leave, and what it would have to hold.</summary>
    public Moment MomentOf(CrashMode mode, int seed)
        => new(
            Disk.AfterCrash(mode, seed),
            History.SyncedThrough,
            mode == CrashMode.ProcessKill ? History.BufferedThrough : History.SyncedThrough);

    /// <summary>
    /// Ends this life and begins the next on a disk that a crash has left, under options drawn anew. What the old life did after the
    /// crash is forgotten: it is to be found there no more than what was lost.
    /// </summary>
    public void GoOnFrom(Moment crash)
    {
        Disk.OnCall = null;
        Settle();
        End();
        History.GoBackTo(crash.SyncedThrough, crash.BufferedThrough);
        Disk = crash.Disk;
        _lives++;
        Options = OptionsOn(Disk) with { StripeCount = Options.StripeCount, KeyRing = Options.KeyRing };
        OnDisk?.Invoke(Disk);
        Open();
    }

    /// <summary>
    /// Opens what is on the disk; what was promised has to be there, and nothing else. From here on all of that counts as durable.
    /// </summary>
    private void Open()
    {
        _engine = StorageEngine.Open(SwarmOptions.Directory, Options);
        StoreCheck.Serve(_engine);
        History.TruncateTo(StoreCheck.RequirePrefix(_engine, History, History.BufferedThrough));
    }

    private void Claim()
    {
        Host.Await(_engine!.ClaimAsync(Enumerable.Range(0, _engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        IsClaimed = true;
        StoreCheck.Serve(_engine);
    }

    private StoreOptions OptionsOn(SimulatedFileSystem disk)
    {
        StoreOptions options = SwarmOptions.Draw(Seed + _lives, disk, Host);
        Calls = _faults is null ? null : new FaultyFileSystem(disk, _faults);
        return Calls is null ? options : options with { FileSystem = Calls };
    }

    private void Do(string operation)
    {
        switch (operation)
        {
            case nameof(Script.Put):
                Write([DrawPut()]);
                break;
            case nameof(Script.Delete):
                Write([new Change(DrawStripe(), DrawKey(), null)]);
                break;
            case nameof(Script.Batch):
                Write([.. Enumerable.Range(0, 2 + _random.Next(8)).Select(_ => DrawPut())]);
                break;
            case nameof(Script.Drop):
                WriteDrop();
                break;
            case nameof(Script.Plan):
                WritePlan();
                break;
            case nameof(Script.Sync):
                Settle();
                int count = History.Count;
                Host.Await(_engine!.SyncAsync());
                History.AcknowledgeSync(count);
                break;
            case nameof(Script.Flush):
                Settle();
                Host.Await(_engine!.FlushAsync());
                History.AcknowledgeSync(History.Count);
                break;
            case nameof(Script.FlushOne):
                Host.Await(_engine!.FlushAsync([DrawStripe()]));
                break;
            case nameof(Script.Compact):
                Host.Await(_engine!.CompactAsync());
                break;
            case nameof(Script.Snapshot):
                TakeOrCheckSnapshot();
                break;
            case nameof(Script.Crash):
                CrashMode[] modes = Enum.GetValues<CrashMode>();
                GoOnFrom(MomentOf(modes[_random.Next(modes.Length)], _random.Next()));
                break;
            default:
                Close();
                _engine = StorageEngine.Open(SwarmOptions.Directory, Options);
                StoreCheck.Serve(_engine);
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

        Batch noted = History.Add([.. changes.Select((c, i) => (c, i)).OrderBy(p => p.c.Stripe).ThenBy(p => p.i).Select(p => p.c)]);
        ValueTask<WriteResult> write = changes.Count == 1 && changes[0].To is null && changes[0].Value is { } value
            ? _engine!.PutAsync(new StripeClaim(changes[0].Stripe, 1), changes[0].Key, value, durability)
            : _engine!.WriteAsync(batch, durability);
        _inFlight.Add((write, noted, durability));

        // A write that had to wait has no number yet; the order of the log is known only if nothing overtakes it.
        bool isNumbered = noted.LastSequences.All(s => _engine.LastSequenceOf(s.Key) == s.Value);
        if (_inFlight.Count >= _script.InFlight || !isNumbered)
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

        CheckOldestSnapshot();
    }

    private void CheckOldestSnapshot()
    {
        (Snapshot snapshot, int count) = _snapshots[0];
        StoreCheck.RequireState(_engine!, History.StateAfter(count), snapshot);
        _snapshots.RemoveAt(0);
        snapshot.Dispose();
    }

    /// <summary>Looks at everything once more and closes the store.</summary>
    public void Close()
    {
        Settle();
        while (_snapshots.Count > 0)
        {
            CheckOldestSnapshot();
        }

        StoreCheck.RequireState(_engine!, History.StateAfter(History.Count), snapshot: null);
        End();
    }

    /// <summary>Closes the store, which gives back all memory and every handle.</summary>
    private void End()
    {
        StorageEngine engine = _engine!;
        _engine = null;
        _snapshots.ForEach(s => s.Snapshot.Dispose());
        _snapshots.Clear();
        Host.Await(engine.DisposeAsync());
        string left = string.Join(", ", engine.Accounts.All.Where(a => a.Bytes != 0).Select(a => $"{a.Name} {a.Bytes}"));
        Require(left.Length == 0, $"native memory is left: {left}");
        RequireNoHandles();
    }

    private void RequireNoHandles() => Require(Disk.OpenHandles == 0, $"{Disk.OpenHandles} handles are open after the close");

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
            throw new BrokenPromise(what);
        }
    }
}

/// <summary>What a crash has left, and how many batches of the history it has to hold.</summary>
internal sealed record Moment(SimulatedFileSystem Disk, int SyncedThrough, int BufferedThrough);
