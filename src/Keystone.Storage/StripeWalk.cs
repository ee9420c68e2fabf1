using Keystone.Storage.Memory;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>
/// The cursors of one walk over a stripe, with the memory that they keep from walk to walk. Pooled by the engine; a
/// <see cref="StripeIterator"/> is the right to one walk of it.
/// <para>
/// What always holds: each opening has a ticket that no other opening of this object has. Only the holder of the ticket in force moves
/// it or ends the walk, and the first end of a walk is the only one, so it never stands in the pool twice.
/// </para>
/// </summary>
internal sealed class StripeWalk
{
    private const long Idle = 0;

    private readonly StorageEngine _engine;
    private readonly MergeCursor _merge = new();
    private readonly List<MemTableCursor> _bufferCursors = [];
    private readonly List<SstCursor> _fileCursors = [];
    private readonly List<LevelCursor> _levelCursors = [];
    private View? _view;

    // Written by whoever has just taken it from the pool.
    private long _openings;

    // The ticket of the walk under way. Set by its opening, taken away once by exchange, at its end.
    private long _ticket;

    public StripeWalk(StorageEngine engine)
    {
        _engine = engine;
        Visible = new VisibleCursor(engine.Accounts.Iterators);
    }

    /// <summary>What the walk sees. For whoever holds the ticket in force.</summary>
    public VisibleCursor Visible { get; }

    /// <summary>Whether the walk of this ticket is still under way.</summary>
    public bool IsOpenFor(long ticket) => Volatile.Read(ref _ticket) == ticket;

    /// <summary>Begins a walk and takes over the reference to the View. Returns the ticket.</summary>
    public long Open(View view, ulong sequenceMax, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        Invariant.Require(_ticket == Idle);
        _view = view;
        AddBuffers(view);
        AddFiles(view.Files);
        Visible.Open(_merge.Narrowed, sequenceMax, view.Drops, from, to);
        _openings++;
        Volatile.Write(ref _ticket, _openings);
        return _openings;
    }

    /// <summary>Reads what the last move lacked, on the disk's own threads.</summary>
    public ValueTask LoadAsync() => _engine.RunBlockingAsync(static state => ((StripeWalk)state).Visible.Load(), this);

    /// <summary>Lets go of the moment and goes back to the pool, if the walk of this ticket is still under way.</summary>
    public void End(long ticket)
    {
        if (Interlocked.CompareExchange(ref _ticket, Idle, ticket) != ticket)
        {
            return;
        }

        View view = _view!;
        _merge.Reset();
        _view = null;

        // The memory of idle walks goes with the last View of a closed store: so this one is among them before its View is gone.
        _engine.Return(this);
        view.Release();
    }

    /// <summary>Frees what is kept for reuse.</summary>
    public void Free() => Visible.Dispose();

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
