using Keystone.Storage.Files;

namespace Keystone.Storage.Compaction;

/// <summary>
/// How long a merge that met a full disk rests before it is tried again.
/// <para>
/// A full disk is not asked for room by writing to it again and again: each vain attempt writes until there is none left. So the disk is
/// asked how much is free, and the next attempt is made as soon as that is more than it was after the last one, and enough. Whoever else
/// writes takes free room as it comes, so a merge that is late finds none, though it would have freed more than it took. Where what the
/// disk says is not what it gives, as under a quota, and where the want is one of descriptors, the wait ends by itself, and every wait is
/// twice as long as the one before. No wake cuts it short: a flush that came to its end shows that there was room for its table, and a
/// merge needs more.
/// </para>
/// </summary>
internal sealed class RoomWait(IFileSystem files, string directory, TimeProvider time)
{
    /// <summary>How often the disk is asked.</summary>
    public static readonly TimeSpan LookDelay = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan DelayMax = TimeSpan.FromSeconds(16);

    private readonly long _start = time.GetTimestamp();
    private TimeSpan _delay = LookDelay;
    private TimeSpan? _until;

    // What was free at the first look after the attempt.
    private long? _freeBefore;

    /// <summary>An attempt ended for want of something.</summary>
    public void NoteWant()
    {
        _until = time.GetElapsedTime(_start) + _delay;
        _delay = _delay * 2 < DelayMax ? _delay * 2 : DelayMax;
        _freeBefore = null;
    }

    /// <summary>An attempt came to its end.</summary>
    public void NoteDone()
    {
        _until = null;
        _delay = LookDelay;
    }

    /// <summary>Whether to try something that takes so much room. Asks the disk.</summary>
    public bool MayTry(long bytes)
    {
        if (_until is not { } until || time.GetElapsedTime(_start) >= until)
        {
            return true;
        }

        long free = files.FreeBytes(directory);
        _freeBefore ??= free;
        return free >= bytes && free > _freeBefore;
    }
}
