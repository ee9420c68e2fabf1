using Keystone.Storage.Buffers;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// The cursors over the inputs of a compaction. A worker has one set, which its jobs use one after another: a cursor carries a buffer for
/// the longest key.
/// </summary>
internal sealed class InputCursors
{
    private readonly List<SstCursor> _files = [];
    private readonly LevelCursor _inputs = new();
    private readonly LevelCursor _overlapped = new();

    /// <summary>All inputs as one. Stands nowhere before <see cref="Open"/>; to be reset when the job is done with it.</summary>
    public MergeCursor Merged { get; } = new();

    /// <summary>Files of level 0 may overlap each other, those of other levels do not.</summary>
    public void Open(int level, LiveFile[] inputs, LiveFile[] overlapped, MemoryAccount account)
    {
        if (level == 0)
        {
            OpenEach(inputs, account);
        }
        else
        {
            _inputs.Open(inputs, throughCache: false, account);
            Merged.Add(_inputs);
        }

        _overlapped.Open(overlapped, throughCache: false, account);
        Merged.Add(_overlapped);
    }

    private void OpenEach(LiveFile[] files, MemoryAccount account)
    {
        for (int file = 0; file < files.Length; file++)
        {
            if (file == _files.Count)
            {
                _files.Add(new SstCursor());
            }

            _files[file].Open(files[file].Reader, throughCache: false, account);
            Merged.Add(_files[file]);
        }
    }
}
