using Keystone.Storage.Entries;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Reading;

/// <summary>What a point read came to.</summary>
internal enum PointReadState
{
    /// <summary>The answer is in the result: a put, a removal, or nothing at all.</summary>
    Known = 0,

    /// <summary>The answer lies on the disk: ask again where blocking is allowed.</summary>
    NeedsLoad = 1,
}

/// <summary>
/// The newest version of a key that a reader may see. The value is lent: it lies in a memtable of the View or in a block that this
/// result pins, so the View has to be held until the result is disposed.
/// </summary>
internal unsafe struct PointResult : IDisposable
{
    private PinnedValue _pin;
    private byte* _pointer;
    private int _length;

    /// <summary>Whether the key exists.</summary>
    public bool IsPut { get; private set; }

    /// <summary>The sequence of the version, of the removal, or 0 when the key was never written.</summary>
    public ulong Sequence { get; private set; }

    public readonly ReadOnlySpan<byte> Value => new(_pointer, _length);

    public void SetInMemory(ulong stamp, byte* pointer, int length)
    {
        Set(stamp);
        _pointer = pointer;
        _length = length;
    }

    /// <summary>Takes over the pin.</summary>
    public void SetInBlock(ulong stamp, PinnedValue pin)
    {
        Set(stamp);
        _pin = pin;
        fixed (byte* pointer = pin.Span)
        {
            // The block is native memory: it does not move.
            _pointer = pointer;
        }

        _length = pin.Span.Length;
    }

    public void SetAbsent(ulong sequence)
    {
        Dispose();
        Sequence = sequence;
    }

    /// <summary>The same version without its pin, whose owner outlives the copy.</summary>
    public readonly PointResult Borrowed()
    {
        PointResult copy = this;
        copy._pin = default;
        return copy;
    }

    public void Dispose()
    {
        _pin.Dispose();
        this = default;
    }

    private void Set(ulong stamp)
    {
        IsPut = EntryStamp.Kind(stamp) == EntryKind.Put;
        Sequence = EntryStamp.Sequence(stamp);
    }
}
