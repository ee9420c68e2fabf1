using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Which stripe is compacted next: the most urgent one that no worker has. A stripe whose files are damaged is left alone; somebody who
/// asked for a full compaction hears of it.
/// </summary>
internal sealed class CompactionQueue(Stripe[] stripes, SnapshotList snapshots, CompactionOptions options)
{
    private readonly Lock _lock = new();
    private readonly HashSet<int> _taken = [];
    private readonly Dictionary<int, StoreException> _damaged = [];
    private readonly Dictionary<int, Queue<Wish>> _wanted = [];
    private readonly List<Action<StoreException?>> _waitsForIdle = [];
    private StoreException? _end;

    /// <summary>
    /// Asks for what is in files of a stripe by now to be merged into one sorted level. <paramref name="onDone"/> gets what stood in the
    /// way, or null.
    /// </summary>
    public void Request(Stripe stripe, Action<StoreException?> onDone)
    {
        lock (_lock)
        {
            if (_end is null)
            {
                if (!_wanted.TryGetValue(stripe.Index, out Queue<Wish>? waiting))
                {
                    _wanted[stripe.Index] = waiting = [];
                }

                waiting.Enqueue(new Wish(FlushedThrough(stripe), onDone));
                return;
            }
        }

        onDone(_end);
    }

    /// <summary>Asks to be told when no compaction is due and none is running.</summary>
    public void RequestIdle(Action<StoreException?> onIdle)
    {
        lock (_lock)
        {
            if (_end is null)
            {
                _waitsForIdle.Add(onIdle);
                return;
            }
        }

        onIdle(_end);
    }

    /// <summary>Tells everybody who waits, and whoever asks from here on, that nothing more is going to happen.</summary>
    public void FailAll(StoreException failure)
    {
        List<Action<StoreException?>> waiting;
        lock (_lock)
        {
            _end ??= failure;
            waiting = [.. _wanted.Values.SelectMany(w => w).Select(w => w.OnDone), .. _waitsForIdle];
            _wanted.Clear();
            _waitsForIdle.Clear();
        }

        waiting.ForEach(w => w(failure));
    }

    /// <summary>Takes the most urgent stripe and its plan; null when there is nothing to do.</summary>
    public Stripe? TryTake(out CompactionPlan? plan)
    {
        List<Action<StoreException?>>? answered = null;
        Stripe? taken;
        lock (_lock)
        {
            taken = TakeWanted(ref answered, out plan) ?? TakeUrgent(out plan);
            if (taken is null && _taken.Count == 0 && _waitsForIdle.Count > 0)
            {
                (answered ??= []).AddRange(_waitsForIdle);
                _waitsForIdle.Clear();
            }
        }

        answered?.ForEach(a => a(null));
        return taken;
    }

    /// <summary>Gives a stripe back.</summary>
    public void Return(Stripe stripe, StoreException? failure)
    {
        Queue<Wish>? waiting = null;
        lock (_lock)
        {
            _taken.Remove(stripe.Index);
            if (failure is not null)
            {
                _damaged[stripe.Index] = failure;
                _wanted.Remove(stripe.Index, out waiting);
            }
        }

        foreach (Wish wish in waiting ?? [])
        {
            wish.OnDone(failure);
        }
    }

    private Stripe? TakeWanted(ref List<Action<StoreException?>>? answered, out CompactionPlan? plan)
    {
        plan = null;
        if (_wanted.Count == 0)
        {
            return null;
        }

        foreach (int index in _wanted.Keys.Order().ToArray())
        {
            if (_taken.Contains(index))
            {
                continue;
            }

            plan = PlanFirstWish(index, ref answered);
            if (plan is not null)
            {
                _taken.Add(index);
                return stripes[index];
            }

            _wanted.Remove(index);
        }

        return null;
    }

    /// <summary>The next step to the oldest wish that is not fulfilled, so that younger ones cannot put it off.</summary>
    private CompactionPlan? PlanFirstWish(int index, ref List<Action<StoreException?>>? answered)
    {
        Queue<Wish> wishes = _wanted[index];
        while (wishes.TryPeek(out Wish wish))
        {
            CompactionPlan? plan = Plan(
                stripes[index],
                (files, drops, oldestSnapshot, shape) => CompactionPicker.PickAll(
                    files, wish.Through, Array.FindAll(drops, mark => mark.Sequence <= wish.Through), oldestSnapshot, shape));
            if (plan is not null)
            {
                return plan;
            }

            (answered ??= []).Add(wish.OnDone);
            wishes.Dequeue();
        }

        return null;
    }

    private Stripe? TakeUrgent(out CompactionPlan? plan)
    {
        plan = null;
        Stripe? best = null;
        double bestScore = 1;
        foreach (Stripe stripe in stripes)
        {
            double score = _taken.Contains(stripe.Index) || _damaged.ContainsKey(stripe.Index) ? 0 : Score(stripe);
            if (score >= bestScore && (best is null || score > bestScore))
            {
                best = stripe;
                bestScore = score;
            }
        }

        plan = best is null ? null : Plan(best, CompactionPicker.Pick);
        if (best is null || plan is null)
        {
            return null;
        }

        _taken.Add(best.Index);
        return best;
    }

    private double Score(Stripe stripe)
    {
        View view = stripe.AcquireView();
        try
        {
            return view.Files.FileCount == 0 ? 0 : CompactionPicker.Score(
                view.Files, view.DropsUpTo(view.Files.FlushedThrough), OldestSnapshot(stripe), options);
        }
        finally
        {
            view.Release();
        }
    }

    /// <summary>The plan names files of the current version; only the worker that has the stripe takes files out of it.</summary>
    private CompactionPlan? Plan(Stripe stripe, Func<StripeFiles, DropMark[], ulong, CompactionOptions, CompactionPlan?> pick)
    {
        View view = stripe.AcquireView();
        try
        {
            return pick(view.Files, view.DropsUpTo(view.Files.FlushedThrough), OldestSnapshot(stripe), options);
        }
        finally
        {
            view.Release();
        }
    }

    private static ulong FlushedThrough(Stripe stripe)
    {
        View view = stripe.AcquireView();
        ulong sequence = view.Files.FlushedThrough;
        view.Release();
        return sequence;
    }

    private ulong OldestSnapshot(Stripe stripe)
    {
        ulong[] sequences = snapshots.SequencesOf(stripe.Index);
        return sequences.Length > 0 ? sequences[0] : ulong.MaxValue;
    }

    /// <summary>Somebody who waits until what was flushed up to a sequence is in one sorted level.</summary>
    private readonly record struct Wish(ulong Through, Action<StoreException?> OnDone);
}
