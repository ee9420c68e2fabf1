using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Keystone.Storage.Reading;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// The cursors over what a flush reads. A worker has one set, which it uses for one stripe after another.
/// </summary>
internal sealed class BufferCursors
{
    private readonly List<MemTableCursor> _tables = [];
    private readonly MergeCursor _merged = new();

    /// <summary>All buffers as one, on no entry yet. To be reset before the buffers go.</summary>
    public EntryCursor Open(WriteBuffer[] buffers)
    {
        for (int i = 0; i < buffers.Length; i++)
        {
            if (i == _tables.Count)
            {
                _tables.Add(new MemTableCursor());
            }

            _tables[i].Open(buffers[i].Table);
            _merged.Add(_tables[i]);
        }

        return _merged.Narrowed;
    }

    public void Reset() => _merged.Reset();
}
