using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// One unpacked block in native memory, and how many hold it. The count starts at one, for who made it; the cache holds one while the
/// block is in its table, every reader one while it looks. It can be raised only from above zero: at zero the memory is freed,
/// and a reader that still found the block in a table loses the race and reads it anew.
/// </summary>
internal sealed unsafe class CachedBlock
{
    private const int AlignmentBytes = 64;

    private readonly MemoryAccount _account;
    private BlockReader _reader;
    private int _count = 1;
    private byte _reference;

    public CachedBlock(MemoryAccount account, BlockKind kind, int ordinal, int length)
    {
        _account = account;
        Kind = kind;
        Ordinal = ordinal;
        Length = length;
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)length, AlignmentBytes);
        account.Charge(length);
    }

    /// <summary>The payload. Valid while the caller holds the block.</summary>
    public byte* Pointer { get; private set; }

    public int Length { get; }

    /// <summary>
    /// The payload taken apart, so that a search goes to its columns at once. Set when the payload is complete; of data and index
    /// blocks only.
    /// </summary>
    public ref readonly BlockReader Reader => ref _reader;

    public BlockKind Kind { get; }

    /// <summary>Its number in its file.</summary>
    public int Ordinal { get; }

    /// <summary>The table that the block stands in, and its neighbours on the clock. Under the lock of the cache.</summary>
    internal BlockSlots? Slots { get; set; }

    internal CachedBlock? ClockNext { get; set; }

    internal CachedBlock? ClockPrevious { get; set; }

    /// <summary>Holds the block, unless its memory is gone already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPin()
    {
        int count = Volatile.Read(ref _count);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref _count, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Unpin()
    {
        int left = Interlocked.Decrement(ref _count);
        if (left <= 0)
        {
            Free(left);
        }
    }

    /// <summary>Takes the payload apart, before anybody else sees the block.</summary>
    public void Complete()
    {
        if (Kind != BlockKind.Filter)
        {
            _reader = new BlockReader(Pointer);
        }
    }

    /// <summary>
    /// Says that the block was of use. Index and filter survive more rounds of the clock than data: each serves many data blocks.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Touch()
    {
        byte weight = Kind == BlockKind.Data ? BlockCache.DataRounds : BlockCache.IndexRounds;
        if (_reference != weight)
        {
            _reference = weight;
        }
    }

    /// <summary>Whether the block has rounds left; takes one of them. Under the lock of the cache.</summary>
    internal bool TakeRound()
    {
        if (_reference == 0)
        {
            return false;
        }

        _reference--;
        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Free(int left)
    {
        Invariant.Require(left == 0 && Pointer != null);
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        _account.Credit(Length);
    }
}
