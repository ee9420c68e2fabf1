using Keystone.Storage;
using Keystone.Storage.Jobs;

namespace Keystone.Database.Owner;

/// <summary>Hears what the engine and its jobs tell, remembers that the store failed, and passes all of it on.</summary>
internal sealed class DiskEvents(Action<DatabaseEvent> listener)
{
    private volatile bool _isPoisoned;

    /// <summary>Whether the store refuses writes.</summary>
    public bool IsPoisoned => _isPoisoned;

    public void Hear(StoreEvent happened)
    {
        _isPoisoned |= happened.Kind == StoreEventKind.Poisoned;
        listener(DatabaseEvent.Of(happened));
    }

    public void Hear(IJob job, Exception failure)
        => listener(
            new DatabaseEvent(DatabaseEventKind.JobFailed, $"The job {job.Name} ended with a failure. Restart the process.", failure));
}
