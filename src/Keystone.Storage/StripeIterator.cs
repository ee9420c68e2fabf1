using Keystone.Storage.Memory;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>Where an iterator stands after a move.</summary>
public enum IteratorState
{
    /// <summary>On an entry.</summary>
    Entry = 0,

    /// <summary>Beyond the last one in this direction. Only a seek may follow.</summary>
    End = 1,

    /// <summary>Bytes from the disk are needed: call <see cref="StripeIterator.Load"/> where blocking is allowed, or await
    /// <see cref="StripeIterator.LoadAsync"/>, then repeat the very same move.</summary>
    NeedsDisk = 2,
}

/// <summary>
/// Walks the keys of one stripe in byte order, both ways, within bounds, at one moment. What <see cref="Key"/> and
/// <see cref="Value"/> lend holds until the next move. Pins memory and files: dispose it soon. For one thread at a time.
/// </summary>
public sealed unsafe class StripeIterator : IDisposable
{
    private readonly StorageEngine _engine;
    private readonly MergeCursor _merge = new();
    private readonly VisibleCursor _visible;
    private readonly List<MemTableCursor> _bufferCursors = [];
    private readonly List<SstCursor> _fileCursors = [];
    private readonly List<LevelCursor> _levelCursors = [];
    private View? _view;

    internal StripeIterator(StorageEngine engine)
    {
        _engine = engine;
        _visible = new VisibleCursor(engine.Accounts.Iterators);
    }

    /// <summary>The current key.</summary>
    public ReadOnlySpan<byte> Key => new(_visible.KeyPointer, _visible.KeyLength);

    /// <summary>The current value.</summary>
    public ReadOnlySpan<byte> Value => new(_visible.ValuePointer, _visible.ValueLength);

    /// <summary>The sequence of the current version.</summary>
    public ulong Sequence => _visible.Sequence;

    /// <summary>Moves to the first key within the bounds.</summary>
    public IteratorState SeekFirst() => (IteratorState)_visible.SeekFirst();

    /// <summary>Moves to the last key within the bounds.</summary>
    public IteratorState SeekLast() => (IteratorState)_visible.SeekLast();

    /// <summary>Moves to the first key at or after <paramref name="key"/>.</summary>
    public IteratorState Seek(ReadOnlySpan<byte> key) => (IteratorState)_visible.Seek(key);

    /// <summary>Moves to the last key before <paramref name="key"/>.</summary>
    public IteratorState SeekBefore(ReadOnlySpan<byte> key) => (IteratorState)_visible.SeekBefore(key);

    /// <summary>Moves to the next key. Requires that the iterator stands on an entry.</summary>
    public IteratorState Next() => (IteratorState)_visible.Next();

    /// <summary>Moves to the previous key. Requires that the iterator stands on an entry.</summary>
    public IteratorState Previous() => (IteratorState)_visible.Previous();

    /// <summary>Reads what the last move lacked, on this thread.</summary>
    public void Load() => _visible.Load();

    /// <summary>Reads what the last move lacked, on the disk's own threads.</summary>
    public ValueTask LoadAsync() => _engine.RunBlockingAsync(static state => ((StripeIterator)state).Load(), this);

    /// <summary>Lets go of the moment and gives the iterator back for reuse.</summary>
    public void Dispose()
    {
        if (_view is { } view)
        {
            _merge.Reset();
            _view = null;

            // The memory of idle iterators goes with the last View of a closed store: so this one is among them before its View is gone.
            _engine.Return(this);
            view.Release();
        }
    }

    /// <summary>Takes over the reference to the View.</summary>
    internal void Open(View view, ulong sequenceMax, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        _view = view;
        AddBuffers(view);
        AddFiles(view.Files);
        _visible.Open(_merge.Narrowed, sequenceMax, view.Drops, from, to);
    }

    /// <summary>Frees what is kept for reuse.</summary>
    internal void Free() => _visible.Dispose();

    private void AddBuffers(View view)
    {
        int used = 0;
        AddBuffer(view.Active, ref used);
        foreach (WriteBuffer buffer in view.Sealed)
        {
            AddBuffer(buffer, ref used);
        }
    }

    private void AddBuffer(WriteBuffer buffer, ref int used)
    {
        if (!buffer.IsEmpty)
        {
            MemTableCursor cursor = At(_bufferCursors, used++);
            cursor.Open(buffer.Table);
            _merge.Add(cursor);
        }
    }

    private void AddFiles(StripeFiles files)
    {
        int usedFiles = 0;
        foreach (LiveFile file in files.Levels[0])
        {
            AddFile(file, ref usedFiles);
        }

        int usedLevels = 0;
        for (int level = 1; level < files.Levels.Length; level++)
        {
            LiveFile[] sorted = files.Levels[level];
            if (sorted.Length == 1)
            {
                AddFile(sorted[0], ref usedFiles);
            }
            else if (sorted.Length > 1)
            {
                LevelCursor cursor = At(_levelCursors, usedLevels++);
                cursor.Open(sorted, throughCache: true, account: null);
                _merge.Add(cursor);
            }
        }
    }

    private void AddFile(LiveFile file, ref int used)
    {
        SstCursor cursor = At(_fileCursors, used++);
        cursor.Open(file.Reader, throughCache: true);
        _merge.Add(cursor);
    }

    private static T At<T>(List<T> pool, int index)
        where T : new()
    {
        if (index == pool.Count)
        {
            pool.Add(new T());
        }

        return pool[index];
    }
}
