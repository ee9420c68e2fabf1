using Keystone.Storage.Entries;

namespace Keystone.Storage.Commit;

/// <summary>
/// Batches of one operation for writers who could not go the short way. Waiting for budgets is not rare under load, so they are used
/// again; a lock does, since whoever comes here is about to wait.
/// </summary>
internal sealed class SingleWritePool
{
    /// <summary>As many are kept; more writers than this at a time make their own.</summary>
    private const int KeptMax = 1024;

    /// <summary>A batch that held more than this is not kept.</summary>
    private const int BytesKeptMax = 4096;

    private readonly Lock _lock = new();
    private BatchWrite? _free;
    private int _kept;

    /// <summary>An arranged batch with this operation. Key and value are copied.</summary>
    public BatchWrite Take(StripeClaim claim, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        BatchWrite single = TryTake() ?? new BatchWrite(new WriteBatch());
        if (kind == EntryKind.Put)
        {
            single.Batch.Put(claim, key, value);
        }
        else
        {
            single.Batch.Delete(claim, key);
        }

        single.Batch.Arrange();
        return single;
    }

    /// <summary>By the one who took it, when nobody looks at it any more.</summary>
    public void Return(BatchWrite single)
    {
        bool isSmall = single.Batch.Bytes <= BytesKeptMax;
        single.Batch.Clear();
        lock (_lock)
        {
            if (isSmall && _kept < KeptMax)
            {
                single.NextFree = _free;
                _free = single;
                _kept++;
            }
        }
    }

    private BatchWrite? TryTake()
    {
        lock (_lock)
        {
            if (_free is not { } single)
            {
                return null;
            }

            _free = single.NextFree;
            single.NextFree = null;
            _kept--;
            return single;
        }
    }
}
