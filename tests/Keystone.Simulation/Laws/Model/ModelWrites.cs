using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Model;

/// <summary>
/// The writes of a run, to the store and to its reference. Some are under way at a time; the reference has them in the order in which they
/// were given, which is that of the log. Whoever reads settles first. An iterator pins the write buffers that it walks over, so a write may
/// wait for it for ever: <paramref name="onStall"/> lets go of all of them.
/// </summary>
internal sealed class ModelWrites(StorageEngine engine, SeededJobHost host, ReferenceMap map, Random random, Action onStall)
{
    private const int InFlightMax = 4;
    private const int BatchMax = 8;
    private const int ReadsMax = 3;

    /// <summary>With the largest change on top it still fits half of the smallest segment.</summary>
    private const int BatchBytesMax = 2400;

    private readonly List<ValueTask<WriteResult>> _inFlight = [];
    private readonly int _inFlightMax = random.Next(3) == 0 ? InFlightMax : 1;
    private long _stalled;

    public void WriteOne()
    {
        Change change = DrawChange();
        StripeClaim claim = new(change.Stripe, 1);
        map.Apply(change);
        Await(change.Value is { } value
            ? engine.PutAsync(claim, change.Key, value, DrawDurability())
            : engine.DeleteAsync(claim, change.Key, DrawDurability()));
    }

    /// <summary>Returns how many changes it wrote.</summary>
    public int WriteBatch()
    {
        WriteBatch batch = new();
        List<Change> changes = DrawChanges(BatchMax);
        foreach (Change change in changes)
        {
            map.Apply(change);
            change.AddTo(batch);
        }

        Await(engine.WriteAsync(batch, DrawDurability()));
        return changes.Count;
    }

    public void Drop()
    {
        (byte[] from, byte[] to) = KeyDice.Bounds(random);
        int stripe = random.Next(map.StripeCount);
        map.Apply(new Change(stripe, from, null, to));
        Await(engine.DropRangeAsync(new StripeClaim(stripe, 1), from, to, DrawDurability()));
    }

    /// <summary>A plan over one to three keys, of which about half expect what is there.</summary>
    public void WritePlan()
    {
        Settle();
        List<(int Stripe, byte[] Key, byte[]? Expected)> conditions = [];
        List<Change> changes = [];
        bool isMet = true;
        foreach (Change change in DrawChanges(ReadsMax))
        {
            byte[]? there = map.Get(change.Stripe, change.Key);
            byte[]? expected = random.Next(4) > 0 ? there : random.Next(2) == 0 ? null : [1, 2, 3];
            isMet &= there is null ? expected is null : expected is not null && there.AsSpan().SequenceEqual(expected);
            conditions.Add((change.Stripe, change.Key, expected));
            changes.Add(change);
        }

        WriteResult result = Finish(engine.WriteAsync(new ConditionPlan(conditions, changes), DrawDurability()));
        LawFailure.Require(
            result.Status == (isMet ? WriteStatus.Committed : WriteStatus.Refused),
            $"a plan whose conditions are {(isMet ? "met" : "not met")} was answered with {result.Status}");
        if (isMet)
        {
            changes.ForEach(map.Apply);
        }
    }

    /// <summary>Waits for all writes that are under way.</summary>
    public void Settle()
    {
        foreach (ValueTask<WriteResult> write in _inFlight)
        {
            WriteResult result = Finish(write);
            LawFailure.Require(result.Status == WriteStatus.Committed, $"a write was answered with {result.Status}");
        }

        _inFlight.Clear();
    }

    private void Await(ValueTask<WriteResult> write)
    {
        _inFlight.Add(write);

        // A write that had to wait has no number yet; the order of the log is known only if nothing overtakes it.
        if (_inFlight.Count >= _inFlightMax || engine.Statistics().StalledWrites != _stalled)
        {
            Settle();
        }
    }

    private WriteResult Finish(ValueTask<WriteResult> write)
    {
        bool hadToWait = !write.IsCompleted;
        if (hadToWait)
        {
            host.RunUntil(() => write.IsCompleted || engine.Statistics().StalledWrites != _stalled);
            if (!write.IsCompleted)
            {
                onStall();
            }
        }

        WriteResult result = host.Await(write);
        _stalled = hadToWait ? engine.Statistics().StalledWrites : _stalled;
        return result;
    }

    private List<Change> DrawChanges(int countMax)
    {
        List<Change> changes = [];
        int bytes = 0;
        for (int count = 1 + random.Next(countMax); count > 0 && bytes < BatchBytesMax; count--)
        {
            Change change = DrawChange();
            changes.Add(change);
            bytes += change.Key.Length + (change.Value?.Length ?? 0);
        }

        return changes;
    }

    private Change DrawChange()
        => new(random.Next(map.StripeCount), KeyDice.Key(random), random.Next(4) == 0 ? null : KeyDice.Value(random));

    private WriteDurability DrawDurability() => random.Next(8) == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
}
