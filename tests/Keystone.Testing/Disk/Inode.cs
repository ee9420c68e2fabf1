namespace Keystone.Testing.Disk;

/// <summary>
/// A file apart from its names: the image that readers see, the image that a power loss falls back to, and the unsynced writes
/// that lead from the one to the other. A page is dirty from a write to the next sync; a sync that fails makes it clean without
/// making it durable, after which no sync looks at it until it is written again.
/// </summary>
internal sealed class Inode
{
    /// <summary>Unsynced writes that can be told apart by a crash. Those before them are kept or dropped as if they were one.</summary>
    public const int HistoryWritesMax = 256;

    private readonly List<PastWrite> _history;
    private bool[] _dirty;

    public Inode(int id)
        : this(id, new FileImage(), new FileImage(), [], [])
    {
    }

    private Inode(int id, FileImage cached, FileImage durable, List<PastWrite> history, bool[] dirty)
    {
        Id = id;
        Cached = cached;
        Durable = durable;
        _history = history;
        _dirty = dirty;
    }

    /// <summary>Counts up with each file that is created, so that a file's fate depends on the seed and on nothing else.</summary>
    public int Id { get; }

    public FileImage Cached { get; }

    public FileImage Durable { get; }

    public bool IsLocked { get; set; }

    /// <summary>Open handles. With no name and no handle left, its space is free.</summary>
    public int Handles { get; set; }

    /// <summary>Names in the cached directories.</summary>
    public int Names { get; set; }

    public IReadOnlyList<PastWrite> History => _history;

    public static Inode Restored(int id, FileImage image) => new(id, image, image.Clone(), [], []);

    public bool IsDirty(int page) => page < _dirty.Length && _dirty[page];

    /// <summary>The same file on a copy of the disk: without handles and locks.</summary>
    public Inode Clone() => new(Id, Cached.Clone(), Durable.Clone(), [.. _history], (bool[])_dirty.Clone());

    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        long end = offset + source.Length;
        (int first, _) = FileImage.Locate(offset);
        (int last, _) = FileImage.Locate(end - 1);
        byte[]?[] replaced = new byte[]?[last - first + 1];
        Remember(new PastWrite(offset, source.Length, Cached.Length, replaced));
        for (int index = first; index <= last; index++)
        {
            int within = index == first ? (int)(offset % FileImage.PageBytes) : 0;
            int part = Math.Min(FileImage.PageBytes - within, source.Length);
            replaced[index - first] = Cached.PageAt(index);
            Cached.SetPage(index, Cached.PageWith(index, within, source[..part]));
            MarkDirty(index);
            source = source[part..];
        }

        Cached.SetLength(Math.Max(Cached.Length, end));
    }

    public void Sync()
    {
        for (int index = 0; index < _dirty.Length; index++)
        {
            if (_dirty[index])
            {
                Durable.SetPage(index, Cached.PageAt(index));
            }
        }

        Durable.SetLength(Cached.Length);
        Forget();
    }

    /// <summary>The effect of a sync that fails: the unsynced pages count as clean. The length is still to be synced.</summary>
    public void LoseUnsynced() => Forget();

    private void Forget()
    {
        Array.Clear(_dirty);
        _history.Clear();
    }

    private void Remember(PastWrite write)
    {
        if (_history.Count == HistoryWritesMax)
        {
            _history.RemoveAt(0);
        }

        _history.Add(write);
    }

    private void MarkDirty(int page)
    {
        if (page >= _dirty.Length)
        {
            Array.Resize(ref _dirty, Math.Max(page + 1, Math.Min(_dirty.Length * 2, page + 4096)));
        }

        _dirty[page] = true;
    }
}

/// <summary>An unsynced write and what undoes it: the pages that it replaced and the length before it.</summary>
internal readonly record struct PastWrite(long Offset, int Length, long LengthBefore, byte[]?[] Replaced)
{
    public long End => Offset + Length;
}
