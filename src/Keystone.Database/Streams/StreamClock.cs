using Keystone.Model.Streams;

namespace Keystone.Database.Streams;

/// <summary>
/// Gives changes their numbers, and knows up to which number nothing more can come.
/// <para>
/// What always holds: numbers of one disk only grow; a number at or below the horizon that was told is never given again, and the change
/// that has it is to be seen by whoever reads after it was told, or has failed. So a reader who delivers up to the horizon needs no more
/// than the last number to go on, although stripes write side by side. Who tells a horizon outside of the process reserves it on the disk
/// first, so that it holds for the lives of the disk after this one, too. Its lock is held for a few instructions by writers of tables with
/// a stream, and by readers of streams.
/// </para>
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class StreamClock(TimeProvider time)
{
    private readonly Lock _lock = new();

    /// <summary>For each write under way the number that those of its changes are above, in the order of their beginnings.</summary>
    private readonly LinkedList<ulong> _underWay = new();

    private ulong _last = ChangeNumber.FirstOf(time.GetUtcNow());

    /// <summary>Begins a write. Its changes are numbered until the pass is disposed, when all of them can be seen or have failed.</summary>
    public Pass Enter()
    {
        lock (_lock)
        {
            return new Pass(this, _underWay.AddLast(_last));
        }
    }

    /// <summary>The number of a change. Requires that its write has begun.</summary>
    public ulong Next()
    {
        ulong now = ChangeNumber.FirstOf(time.GetUtcNow());
        lock (_lock)
        {
            _last = Math.Max(_last + 1, now);
            return _last;
        }
    }

    /// <summary>The number up to which nothing more comes.</summary>
    public ulong TellHorizon()
    {
        ulong now = ChangeNumber.FirstOf(time.GetUtcNow());
        lock (_lock)
        {
            if (_underWay.First is { } first)
            {
                return first.Value;
            }

            _last = Math.Max(_last, now);
            return _last;
        }
    }

    /// <summary>The greatest number that was given.</summary>
    public ulong Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>Never gives a number again that is kept already.</summary>
    public void Witness(ulong number)
    {
        lock (_lock)
        {
            _last = Math.Max(_last, number);
        }
    }

    private void Exit(LinkedListNode<ulong> write)
    {
        lock (_lock)
        {
            _underWay.Remove(write);
        }
    }

    /// <summary>A write under way. Disposing it, once, ends it; the default one is none.</summary>
    public readonly struct Pass(StreamClock? clock, LinkedListNode<ulong> write) : IDisposable
    {
        public void Dispose() => clock?.Exit(write);
    }
}
