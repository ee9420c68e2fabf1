using System.Collections.Concurrent;
using Keystone.Storage.Jobs;

namespace Keystone.Tests.Storage.Engine;

/// <summary>Runs jobs on another host and counts what the steps of each allocate on their threads.</summary>
internal sealed class MeteredJobHost(IJobHost host) : IJobHost
{
    private readonly ConcurrentDictionary<string, long> _bytes = [];

    public TimeProvider Time => host.Time;

    /// <summary>What all jobs whose names begin like this have allocated.</summary>
    public long BytesOf(string name) => _bytes.Where(b => b.Key.StartsWith(name, StringComparison.Ordinal)).Sum(b => b.Value);

    public IJobHandle Start(IJob job) => host.Start(new MeteredJob(job, _bytes));

    public void Post(IThreadPoolWorkItem work) => host.Post(work);

    private sealed class MeteredJob(IJob job, ConcurrentDictionary<string, long> bytes) : IJob
    {
        public string Name => job.Name;

        public JobPriority Priority => job.Priority;

        public JobStep Step()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            JobStep step = job.Step();
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            bytes.AddOrUpdate(job.Name, allocated, (_, sum) => sum + allocated);
            return step;
        }
    }
}
