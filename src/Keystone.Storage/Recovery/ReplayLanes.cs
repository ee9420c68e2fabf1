using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Applies the groups of the log to their stripes on several threads. The caller reads; jobs of the host, and the caller whenever it
/// would have to wait, fill the memtables. Stripes are dealt out to lanes.
/// <para>
/// What enters: groups in the order of the log. What leaves: filled memtables, or the failure that stands first in the log, whoever met
/// it. What always holds: the parts of a stripe are applied in the order of the log, because a lane is worked on by one at a time; at
/// most <see cref="BatchesMax"/> batches are in memory; room in the pool is made by the caller, while all lanes rest. Where the host
/// steps no job while its caller waits, as in simulation, the caller does everything by itself, in one order.
/// </para>
/// </summary>
internal sealed class ReplayLanes : IDisposable
{
    /// <summary>A batch takes groups up to this size; a larger group is a batch alone.</summary>
    private const int BatchBytes = 256 << 10;

    private const int BatchesMax = 8;

    /// <summary>More lanes than threads, so that stripes of unequal weight leave no thread without work.</summary>
    private const int LanesPerThread = 4;

    private readonly StripeReplay _replay;
    private readonly int _threads;
    private readonly IJobHost _host;
    private readonly MemoryAccount _account;
    private readonly ReplayLane[] _lanes;
    private readonly List<IJobHandle> _workers = [];

    /// <summary>Guards the lanes' queues and marks, the free batches and the count of the busy.</summary>
    private readonly object _gate = new();

    private readonly Stack<ReplayBatch> _free = [];
    private ReplayBatch? _open;
    private int _made;
    private int _busy;
    private bool _closed;

    public ReplayLanes(StripeReplay replay, int threads, IJobHost host, MemoryAccount account)
    {
        _replay = replay;
        _threads = threads;
        _host = host;
        _account = account;
        _lanes = [.. Enumerable.Range(0, threads * LanesPerThread).Select(_ => new ReplayLane())];
    }

    /// <summary>Lets <paramref name="read"/> hand in the groups and returns when all of them are applied.</summary>
    /// <exception cref="StoreException">What stands first in the log of all that the reader and the lanes met.</exception>
    public void Run(Action<GroupReceiver> read)
    {
        ExceptionDispatchInfo? end = null;
        try
        {
            read(Add);
        }
        catch (StoreException failure)
        {
            // Whatever the lanes meet in what was handed in before stands earlier in the log.
            end = ExceptionDispatchInfo.Capture(failure);
        }

        Dispatch();
        while (HasWork())
        {
            Advance();
        }

        ThrowFirstFailure();
        end?.Throw();
    }

    /// <summary>Waits until nobody touches a memtable any more, and lets the jobs end.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_busy > 0)
            {
                Monitor.Wait(_gate);
            }
        }

        _workers.ForEach(w => w.Wake());
        foreach (ReplayBatch batch in _lanes.SelectMany(l => l.Waiting).Concat(_free).Append(_open).OfType<ReplayBatch>().Distinct())
        {
            batch.Dispose();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Add(ulong number, ReadOnlySpan<byte> body, string path, long offset)
    {
        if (_open is { IsEmpty: false } full && full.Bytes + body.Length > BatchBytes)
        {
            Dispatch();
        }

        _open ??= TakeFree();
        _open.Add(new ReplayGroup(number, path, offset), body, _replay.StripeCount);
    }

    private void Dispatch()
    {
        if (_open is not { } batch)
        {
            return;
        }

        ThrowFirstFailure();
        _open = null;
        lock (_gate)
        {
            for (int i = 0; i < _lanes.Length; i++)
            {
                if (batch.PartsOf(i).Count > 0)
                {
                    batch.LanesLeft++;
                    _lanes[i].Waiting.Enqueue(batch);
                }
            }

            if (batch.LanesLeft == 0)
            {
                Recycle(batch);
            }
        }

        StartOrWakeWorkers();
    }

    private void StartOrWakeWorkers()
    {
        _workers.ForEach(w => w.Wake());
        while (_workers.Count < _threads - 1)
        {
            _workers.Add(_host.Start(new Worker(this, $"replay-{_workers.Count}")));
        }
    }

    private ReplayBatch TakeFree()
    {
        while (true)
        {
            lock (_gate)
            {
                if (_free.TryPop(out ReplayBatch? batch))
                {
                    return batch;
                }
            }

            if (_made < BatchesMax)
            {
                _made++;
                return new ReplayBatch(_lanes.Length, BatchBytes, _account);
            }

            Advance();
        }
    }

    private bool HasWork()
    {
        lock (_gate)
        {
            return Array.Exists(_lanes, l => l.Waiting.Count > 0);
        }
    }

    /// <summary>By the caller, who has to wait for something: does a piece of the work, waits for others, or makes room for all.</summary>
    private void Advance()
    {
        ReplayLane? lane;
        ReplayLane[] lacking;
        lock (_gate)
        {
            lane = TakeLane();
            if (lane is null && _busy > 0)
            {
                Monitor.Wait(_gate);
                return;
            }

            lacking = lane is null ? Array.FindAll(_lanes, l => l.LacksRoom) : [];
        }

        if (lane is not null)
        {
            Work(lane);
        }
        else if (lacking.Length > 0)
        {
            MakeRoom(lacking);
        }

        // Otherwise the others have come to the end of it since the caller last looked.
    }

    /// <summary>Under the gate.</summary>
    private ReplayLane? TakeLane()
    {
        ReplayLane? lane = _closed ? null : Array.Find(_lanes, l => l.Waiting.Count > 0 && !l.IsBusy && !l.LacksRoom);
        if (lane is not null)
        {
            lane.IsBusy = true;
            lane.Current = lane.Waiting.Peek();
            _busy++;
        }

        return lane;
    }

    private void Work(ReplayLane lane)
    {
        ReplayBatch batch = lane.Current!;
        bool isDone = false;
        bool lacksRoom = false;
        try
        {
            isDone = lane.Apply(batch, batch.PartsOf(Array.IndexOf(_lanes, lane)), _replay);
            lacksRoom = !isDone;
        }
        finally
        {
            // Whatever was met: the others must not wait for this lane.
            Release(lane, batch, isDone, lacksRoom);
        }
    }

    private void Release(ReplayLane lane, ReplayBatch batch, bool isDone, bool lacksRoom)
    {
        lock (_gate)
        {
            lane.IsBusy = false;
            lane.LacksRoom = lacksRoom;
            _busy--;
            if (isDone)
            {
                lane.Waiting.Dequeue();
                batch.LanesLeft--;
                if (batch.LanesLeft == 0)
                {
                    Recycle(batch);
                }
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>
    /// Every lane rests, for lack of room or of work: flushes what there is, and applies what did not fit operation by operation.
    /// </summary>
    private void MakeRoom(ReplayLane[] lacking)
    {
        _replay.MakeRoom();
        foreach (ReplayLane lane in lacking)
        {
            ReplayBatch batch = lane.Waiting.Peek();
            lane.ApplyNext(batch, batch.PartsOf(Array.IndexOf(_lanes, lane)), _replay);
        }

        lock (_gate)
        {
            foreach (ReplayLane lane in lacking)
            {
                lane.LacksRoom = false;
            }
        }

        _workers.ForEach(w => w.Wake());
    }

    /// <summary>Under the gate.</summary>
    private void Recycle(ReplayBatch batch)
    {
        batch.Clear();
        _free.Push(batch);
    }

    private void ThrowFirstFailure()
    {
        lock (_gate)
        {
            ReplayLane? first = _lanes.Where(l => l.Failure is not null && !l.IsBusy).MinBy(l => l.FailedAt);
            if (first is null)
            {
                return;
            }
        }

        // What was handed in earlier is applied first: a lane that is behind may still meet something that stands before it.
        while (HasWork())
        {
            Advance();
        }

        _lanes.Where(l => l.Failure is not null).MinBy(l => l.FailedAt)!.Failure!.Throw();
    }

    private sealed class Worker(ReplayLanes lanes, string name) : IJob
    {
        public string Name => name;

        public JobPriority Priority => JobPriority.Foreground;

        public JobStep Step()
        {
            ReplayLane? lane;
            lock (lanes._gate)
            {
                if (lanes._closed)
                {
                    return JobStep.Done;
                }

                lane = lanes.TakeLane();
            }

            if (lane is null)
            {
                return JobStep.Sleep;
            }

            lanes.Work(lane);
            return JobStep.Again;
        }
    }
}
