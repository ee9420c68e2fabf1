using Keystone.Storage.Jobs;

namespace Keystone.Storage.Reading;

/// <summary>
/// The disk's own threads for reads that have to wait: callers hand over work and await it, so no caller's thread waits for the disk.
/// As many calls run at a time as there are workers; the others queue, bounded by what their callers admit.
/// </summary>
internal sealed class BlockingReads(IJobHost host, int workers)
{
    private readonly Lock _lock = new();
    private readonly Queue<Call> _calls = [];
    private readonly List<Worker> _workers = [];
    private readonly Stack<Worker> _idle = [];
    private int _living;
    private StoreException? _end;
    private bool _stopping;

    /// <summary>Calls that wait for a worker at this moment.</summary>
    public int QueueLength
    {
        get
        {
            lock (_lock)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>The workers; null for one that could not be started.</summary>
    public IEnumerable<IJobHandle?> Handles => _workers.Select(w => w.Handle);

    /// <summary>Makes the workers and has each of them started.</summary>
    public void Start(Func<IJob, IJobHandle> start)
    {
        _living = workers;
        for (int i = 0; i < workers; i++)
        {
            Worker worker = new(this, $"read-{i}");
            _workers.Add(worker);
            worker.Handle = start(worker);
        }
    }

    /// <summary>
    /// One worker is dead. The others do its work; with the last one every call fails, those that wait and those to come.
    /// </summary>
    public void NoteDeath(StoreException failure)
    {
        Call[] left;
        lock (_lock)
        {
            if (--_living > 0)
            {
                return;
            }

            _end = failure;
            left = [.. _calls];
            _calls.Clear();
        }

        foreach (Call call in left)
        {
            call.Fail(failure);
            Post(call);
        }
    }

    /// <summary>Runs the work on one of the disk's threads. What it throws, the await throws.</summary>
    public ValueTask RunAsync(Action<object> work, object state)
    {
        Call call = new(work, state);
        lock (_lock)
        {
            if (_stopping)
            {
                throw new StoreException(StoreErrorCode.Closed, "The store is closed. Open it again before reading.");
            }

            if (_end is not null)
            {
                throw _end;
            }

            _calls.Enqueue(call);
            if (_idle.TryPop(out Worker? worker))
            {
                worker.Handle?.Wake();
            }
        }

        return new ValueTask(call.Task);
    }

    /// <summary>Lets the workers finish what is queued and end.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopping = true;
        }

        _workers.ForEach(w => w.Handle?.Wake());
    }

    /// <summary>A worker that gets nothing counts as idle until it is woken; a busy one looks again by itself.</summary>
    private Call? Take(Worker worker, out bool stopping)
    {
        lock (_lock)
        {
            stopping = _stopping;
            if (_calls.TryDequeue(out Call? call))
            {
                return call;
            }

            if (!_idle.Contains(worker))
            {
                _idle.Push(worker);
            }

            return null;
        }
    }

    private sealed class Call(Action<object> work, object state) : TaskCompletionSource, IThreadPoolWorkItem
    {
        private Exception? _failure;

        /// <summary>
        /// Part of the work is the caller's: the buffer it writes to, the keys of its plan. Whatever that throws belongs to the caller,
        /// and must not end the thread that others wait for.
        /// </summary>
        public void Run()
        {
            try
            {
                work(state);
            }
            catch (Exception failure)
            {
                _failure = failure;
            }
        }

        /// <summary>In place of <see cref="Run"/>, when nobody is left to run it.</summary>
        public void Fail(StoreException failure) => _failure = failure;

        /// <summary>Lets the caller go on, away from the disk's thread.</summary>
        public void Execute()
        {
            if (_failure is null)
            {
                SetResult();
            }
            else
            {
                SetException(_failure);
            }
        }
    }

    private sealed class Worker(BlockingReads reads, string name) : IJob
    {
        public string Name => name;

        public JobPriority Priority => JobPriority.Foreground;

        public IJobHandle? Handle { get; set; }

        public JobStep Step()
        {
            Call? call = reads.Take(this, out bool stopping);
            if (call is null)
            {
                return stopping ? JobStep.Done : JobStep.Sleep;
            }

            call.Run();
            reads.Post(call);
            return JobStep.Again;
        }
    }

    private void Post(Call call) => host.Post(call);
}
