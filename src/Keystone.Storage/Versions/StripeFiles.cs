using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>
/// The files of one stripe at one moment, immutable: level 0 newest first, the files of every other level in key order without
/// overlap. Counted by the Views that hold it; it holds one reference to each of its files.
/// </summary>
internal sealed class StripeFiles
{
    /// <summary>Levels are numbered 0 to 6.</summary>
    public const int LevelCount = 7;

    private int _references = 1;

    /// <summary>Takes over one reference to every file in <paramref name="levels"/>.</summary>
    public StripeFiles(LiveFile[][] levels, ulong flushedThrough)
    {
        Invariant.Require(levels.Length == LevelCount);
        Levels = levels;
        FlushedThrough = flushedThrough;
        foreach (LiveFile[] level in levels)
        {
            FileCount += level.Length;
            foreach (LiveFile file in level)
            {
                FileBytes += file.Meta.FileBytes;
            }
        }
    }

    public LiveFile[][] Levels { get; }

    /// <summary>Everything up to this sequence is in files; the log is not needed for it.</summary>
    public ulong FlushedThrough { get; }

    public int FileCount { get; }

    public long FileBytes { get; }

    public static StripeFiles Empty() => new([[], [], [], [], [], [], []], 0);

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
            foreach (LiveFile[] level in Levels)
            {
                foreach (LiveFile file in level)
                {
                    file.Release();
                }
            }
        }
    }

    /// <summary>The one file of a sorted level that may hold the key, or -1.</summary>
    public static int Find(LiveFile[] level, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = level.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            SstMeta meta = level[middle].Meta;
            if (key.SequenceCompareTo(meta.LastKey) > 0)
            {
                low = middle + 1;
            }
            else if (key.SequenceCompareTo(meta.FirstKey) < 0)
            {
                high = middle - 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }
}
