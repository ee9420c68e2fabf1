using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Versions;

/// <summary>
/// A file that holds nothing but room: given back when the disk is full, so that flush, compaction and manifest can go on with what frees
/// more, and made anew when there is room again.
/// <para>
/// What enters: word from a job that the disk is full. What leaves: the room, once. What always holds: the file is written with zeros, so
/// that its blocks are really taken; it is not made unless as much again stays free, so that making it fills no disk, nor is it made and
/// given back in turns; nothing in it is ever read, so a crash may leave any part of it: one that has not the right length is made
/// anew. A failure to make it harms nobody; it is tried again later.
/// </para>
/// </summary>
internal sealed class Ballast(
    IFileSystem files, string directory, long bytes, Action<StoreEventKind, string, StoreException?> report)
    : StoryJob("ballast", JobPriority.Background)
{
    /// <summary>The disk has to have this many times the ballast free before it is made.</summary>
    private const int FreeFactor = 2;

    /// <summary>What is written and synced at a time: a large sync would hold up those of the log.</summary>
    private const int PieceBytesMax = 1 << 20;

    /// <summary>Whoever opens a store for a moment is not kept busy with it.</summary>
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan PieceDelay = TimeSpan.FromMilliseconds(5);

    private static readonly TimeSpan LookDelay = TimeSpan.FromSeconds(5);

    private readonly string _path = PathIn(directory);
    private long _heldBytes;
    private long _releaseCount;
    private bool _isTold;

    // 1 from the word of a job to the look at it.
    private int _isFull;

    /// <summary>What is kept on the disk at this moment; 0 when it was given back or is not made yet.</summary>
    public long HeldBytes => Volatile.Read(ref _heldBytes);

    /// <summary>How often the room was given back.</summary>
    public long ReleaseCount => Volatile.Read(ref _releaseCount);

    /// <summary>Gives back the ballast of a store that is not open. False when it has none.</summary>
    public static bool TryRemove(IFileSystem files, string directory)
    {
        string path = PathIn(directory);
        if (!files.FileExists(path))
        {
            return false;
        }

        files.Unlink(path);
        files.SyncDirectory(directory);
        return true;
    }

    /// <summary>Some job has met a full disk and will try again. By any job, as often as it likes.</summary>
    public void NoteFull()
    {
        Volatile.Write(ref _isFull, 1);
        Handle?.Wake();
    }

    /// <summary>
    /// Whether what a job met is a want, of room or of descriptors, which may end by itself, so that the job does well to wait and try
    /// again. What of it the ballast can end, it does.
    /// </summary>
    public bool NoteWant(StoreException failure)
    {
        if (failure.Code == StoreErrorCode.DiskFull)
        {
            NoteFull();
        }

        return failure.IsWant;
    }

    private bool IsInterrupted => IsStopping || Volatile.Read(ref _isFull) != 0;

    private static string PathIn(string directory) => Path.Combine(directory, FileNames.Ballast);

    protected override JobStep Recover(StoreException failure)
    {
        TellOnce(failure);
        return IsStopping ? JobStep.Done : JobStep.SleepFor(LookDelay);
    }

    protected override IEnumerable<JobStep> Work()
    {
        if (HeldBytes == 0)
        {
            foreach (JobStep step in Find())
            {
                yield return step;
            }
        }

        TimeSpan delay = FirstDelay;
        while (!IsStopping)
        {
            if (Interlocked.Exchange(ref _isFull, 0) != 0 && HeldBytes > 0)
            {
                foreach (JobStep step in Release())
                {
                    yield return step;
                }
            }

            if (HeldBytes == bytes)
            {
                yield return JobStep.Sleep;
                continue;
            }

            yield return JobStep.SleepFor(delay);
            delay = LookDelay;
            if (!IsInterrupted && files.FreeBytes(directory) >= FreeFactor * bytes)
            {
                yield return JobStep.Again;
                foreach (JobStep step in Make())
                {
                    yield return step;
                }
            }
        }
    }

    /// <summary>What an earlier life left: it stays if it is what this one wants.</summary>
    private IEnumerable<JobStep> Find()
    {
        if (!files.FileExists(_path))
        {
            yield break;
        }

        yield return JobStep.Again;
        long length;
        using (IFile file = files.Open(_path, writable: false))
        {
            length = file.Length();
        }

        yield return JobStep.Again;
        if (bytes > 0 && length == bytes)
        {
            Volatile.Write(ref _heldBytes, length);
            yield break;
        }

        files.Unlink(_path);
        yield return JobStep.Again;
    }

    private IEnumerable<JobStep> Make()
    {
        IFile file = files.Create(_path);
        bool isWhole = false;
        try
        {
            yield return JobStep.Again;
            for (long offset = 0; offset < bytes; offset += PieceBytesMax)
            {
                file.WriteAll(offset, Zeros.Span[..(int)Math.Min(PieceBytesMax, bytes - offset)]);
                yield return JobStep.Again;
                file.Sync();
                yield return JobStep.SleepFor(PieceDelay);
                if (IsInterrupted)
                {
                    yield break;
                }
            }

            files.SyncDirectory(directory);
            isWhole = true;
            Volatile.Write(ref _heldBytes, bytes);
            if (ReleaseCount > 0)
            {
                report(StoreEventKind.BallastMade, $"The disk has room again: {bytes} bytes of it were put by anew in {_path}.", null);
            }

            yield return JobStep.Again;
        }
        finally
        {
            file.Dispose();
            if (!isWhole)
            {
                files.Unlink(_path);
            }
        }
    }

    /// <summary>File systems give the blocks of a removed file to others only when the removal is durable.</summary>
    private IEnumerable<JobStep> Release()
    {
        files.Unlink(_path);
        Volatile.Write(ref _heldBytes, 0);
        Volatile.Write(ref _releaseCount, _releaseCount + 1);
        report(
            StoreEventKind.BallastReleased,
            $"The disk is full: the {bytes} bytes that were put by in {_path} are given to flush and compaction. "
                + "Free space on this disk; writes wait when these are used up.",
            null);
        yield return JobStep.Again;
        files.SyncDirectory(directory);
        yield return JobStep.Again;
    }

    /// <summary>A full disk is no news here: whoever needs the room tells of it.</summary>
    private void TellOnce(StoreException failure)
    {
        if (!_isTold && failure.Code != StoreErrorCode.DiskFull)
        {
            _isTold = true;
            report(StoreEventKind.JobHindered, "No room could be put by for a full disk; it is tried again.", failure);
        }
    }
}
