using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Checkpoints;

/// <summary>
/// One store on a simulated disk that is written to, flushed and compacted while it is copied. Everything is drawn from the seed, and the
/// oracle is kept up to date at every moment, so that whoever forks the disk in between knows what store and copy have to hold.
/// </summary>
internal sealed class CheckpointRun
{
    public const string Target = "/copy";

    private const int WritesBefore = 60;
    private const int WritesMeanwhileMax = 200;
    private const int InFlightMax = 6;

    private readonly Random _random;
    private readonly List<(ValueTask<WriteResult> Write, Batch Batch, WriteDurability Durability)> _inFlight = [];

    public CheckpointRun(int seed)
    {
        Seed = seed;
        _random = new Random(seed);
        Files = new SimulatedFileSystem { HasLinks = _random.Next(4) > 0 };
        Host = new SeededJobHost(seed);
        Options = SwarmOptions.Draw(seed, Files, Host);
    }

    public int Seed { get; }

    public SimulatedFileSystem Files { get; }

    public SeededJobHost Host { get; }

    public StoreOptions Options { get; }

    public History History { get; } = new();

    /// <summary>Batches that were acknowledged when the copy was asked for: it has to hold them.</summary>
    public int PromisedToCopy { get; private set; }

    /// <summary>Whether the copy was acknowledged.</summary>
    public bool IsCopied { get; private set; }

    /// <summary>Called when the store is about to be copied.</summary>
    public required Action OnCopy { get; init; }

    /// <summary>Writes, copies under load, and checks store and copy beside each other.</summary>
    public CheckpointResult Run()
    {
        StorageEngine engine = StorageEngine.Create(SwarmOptions.Directory, Options);
        Host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        StoreCheck.Serve(engine);
        for (int i = 0; i < WritesBefore; i++)
        {
            Do(engine);
        }

        PromisedToCopy = History.BufferedThrough;
        OnCopy();
        Task<CheckpointResult> copying = engine.CheckpointAsync(Target);
        for (int i = 0; i < WritesMeanwhileMax && !copying.IsCompleted; i++)
        {
            Do(engine);
        }

        int given = History.Count;
        CheckpointResult result = Host.Await(copying);
        IsCopied = true;
        RequireCopy(engine, result, given);
        Settle();
        StoreCheck.RequireState(engine, History.StateAfter(History.Count), snapshot: null);
        Close(engine);
        return result;
    }

    /// <summary>Opens the copy beside the store: another store, with everything that was promised, that goes on by itself.</summary>
    private void RequireCopy(StorageEngine engine, CheckpointResult result, int given)
    {
        StorageEngine copy = StorageEngine.Open(Target, Options);
        StoreCheck.Serve(copy);
        Require(copy.StoreId == result.StoreId && copy.StoreId != engine.StoreId, "the copy has the identity of its source");
        Require(copy.Incarnation == 1, $"the copy opens with incarnation {copy.Incarnation}");
        int count = StoreCheck.RequirePrefix(copy, History, PromisedToCopy);
        Require(count <= given, $"the copy holds {count} batches, though only {given} had been written");
        for (int stripe = 0; stripe < copy.StripeCount; stripe++)
        {
            Require(copy.LastSequenceOf(stripe) == result.Sequences[stripe], $"stripe {stripe} of the copy stands elsewhere than it says");
        }

        // Both go on: the copy drops everything and merges what is left, while the store keeps what it has.
        for (int stripe = 0; stripe < copy.StripeCount; stripe++)
        {
            WriteBatch batch = new();
            batch.DropRange(new StripeClaim(stripe, 1), [], []);
            Host.Await(copy.WriteAsync(batch, WriteDurability.Synced));
        }

        Host.Await(copy.CompactAsync());
        StoreCheck.RequireState(copy, [], snapshot: null);
        Do(engine);
        Settle();
        StoreCheck.RequireState(engine, History.StateAfter(History.Count), snapshot: null);
        Close(copy);
    }

    private void Do(StorageEngine engine)
    {
        switch (_random.Next(20))
        {
            case 0:
                Host.Await(engine.FlushAsync());
                break;
            case 1 when _random.Next(3) == 0:
                Host.Await(engine.CompactAsync());
                break;
            case 2:
                byte[] from = DrawKey();
                Write(engine, [new Change(DrawStripe(), from, null, [])]);
                break;
            case 3 or 4:
                Write(engine, [new Change(DrawStripe(), DrawKey(), null)]);
                break;
            case < 10:
                Write(engine, [.. Enumerable.Range(0, 2 + _random.Next(6)).Select(_ => DrawPut())]);
                break;
            default:
                Write(engine, [DrawPut()]);
                break;
        }
    }

    private void Write(StorageEngine engine, IReadOnlyList<Change> changes)
    {
        WriteDurability durability = _random.Next(3) == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
        WriteBatch batch = new();
        foreach (Change change in changes)
        {
            change.AddTo(batch);
        }

        long stalled = engine.Statistics().StalledWrites;
        Batch noted = History.Add([.. changes.Select((c, i) => (c, i)).OrderBy(p => p.c.Stripe).ThenBy(p => p.i).Select(p => p.c)]);
        _inFlight.Add((engine.WriteAsync(batch, durability), noted, durability));

        // A write that had to wait has no number yet; the order of the log is known only if nothing overtakes it.
        if (_inFlight.Count >= InFlightMax || engine.Statistics().StalledWrites != stalled)
        {
            Settle();
        }
    }

    private void Settle()
    {
        foreach ((ValueTask<WriteResult> write, Batch batch, WriteDurability durability) in _inFlight)
        {
            WriteResult result = Host.Await(write);
            Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
            History.Acknowledge(batch, durability);
        }

        _inFlight.Clear();
    }

    private void Close(StorageEngine engine)
    {
        Host.Await(engine.DisposeAsync());
        string left = string.Join(", ", engine.Accounts.All.Where(a => a.Bytes != 0).Select(a => $"{a.Name} {a.Bytes}"));
        Require(left.Length == 0, $"native memory is left: {left}");
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
        byte[] value = new byte[_random.Next(200)];
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
