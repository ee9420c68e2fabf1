using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>
/// A table file that some version of a stripe names. Counted by the versions that hold it; when the last is gone, it is handed to
/// whoever removes files. It is given to the remover only after the manifest record that drops it is durable, because the current
/// version holds it until then.
/// </summary>
internal sealed class LiveFile(FileRecord record, SstReader reader, Action<LiveFile> onUnused)
{
    private int _references = 1;

    public SstReader Reader { get; } = reader;

    public FileRecord Record => record;

    public SstMeta Meta => record.Meta;

    public void AddReference()
    {
        int now = Interlocked.Increment(ref _references);
        Invariant.Require(now > 1);
    }

    public void Release()
    {
        int now = Interlocked.Decrement(ref _references);
        Invariant.Require(now >= 0);
        if (now == 0)
        {
            onUnused(this);
        }
    }
}
