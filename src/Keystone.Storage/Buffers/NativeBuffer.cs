using System.Runtime.InteropServices;

namespace Keystone.Storage.Buffers;

/// <summary>
/// A block of native memory that grows on demand and is charged to an account. Owned by one holder at a time; disposing frees it, and
/// leaves an empty buffer that may grow again. The address changes when it grows: pointers into it are valid only while nothing is
/// appended.
/// </summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    /// <summary>Blocks are aligned for direct I/O and for vector loads.</summary>
    public const int AlignmentBytes = 4096;

    private readonly MemoryAccount _account;
    private byte* _pointer;

    /// <summary>Takes no memory when <paramref name="capacity"/> is 0: the first use does.</summary>
    public NativeBuffer(MemoryAccount account, int capacity)
    {
        _account = account;
        Capacity = RoundUp(capacity);
        _pointer = Capacity == 0 ? null : Allocate(Capacity);
        account.Charge(Capacity);
    }

    public byte* Pointer => _pointer;

    public int Capacity { get; private set; }

    /// <summary>How much of it is in use. The holder keeps it at or below <see cref="Capacity"/>.</summary>
    public int Length { get; set; }

    public Span<byte> Written => new(_pointer, Length);

    /// <summary>Room for this many more bytes, at the end of what is in use. Counts as in use at once.</summary>
    public Span<byte> Append(int bytes)
    {
        EnsureFree(bytes);
        Span<byte> room = new(_pointer + Length, bytes);
        Length += bytes;
        return room;
    }

    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    public void EnsureFree(int bytes)
    {
        if (Capacity - Length < bytes)
        {
            Grow(checked(Length + bytes));
        }
    }

    public void Clear() => Length = 0;

    /// <summary>Gives back what a rare large use took. Contents are lost.</summary>
    public void ShrinkTo(int capacity)
    {
        Length = 0;
        if (Capacity > RoundUp(capacity))
        {
            Replace(RoundUp(capacity), keep: 0);
        }
    }

    public void Dispose()
    {
        if (_pointer != null)
        {
            NativeMemory.AlignedFree(_pointer);
            _account.Credit(Capacity);
            _pointer = null;
            Capacity = 0;
            Length = 0;
        }
    }

    private static int RoundUp(int bytes) => checked((bytes + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes);

    private static byte* Allocate(int bytes) => (byte*)NativeMemory.AlignedAlloc((nuint)bytes, AlignmentBytes);

    private void Grow(int needed)
        => Replace(RoundUp((int)Math.Min(int.MaxValue - AlignmentBytes, Math.Max(needed, Capacity * 2L))), Length);

    private void Replace(int capacity, int keep)
    {
        byte* next = Allocate(capacity);
        new ReadOnlySpan<byte>(_pointer, keep).CopyTo(new Span<byte>(next, keep));
        NativeMemory.AlignedFree(_pointer);
        _account.Charge(capacity - Capacity);
        _pointer = next;
        Capacity = capacity;
    }
}
