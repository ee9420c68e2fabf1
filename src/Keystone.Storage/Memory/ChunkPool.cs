using System.Numerics;
using System.Runtime.InteropServices;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Memory;

/// <summary>
/// The memory of all memtables of one disk: one reserved range of addresses, handed out in chunks of 4, 8, 16, 32 or 64 KiB.
/// <para>
/// The range is cut into slabs of 64 KiB. A slab knows its free 4 KiB pages as 16 bits; a chunk is an aligned run of pages inside of one
/// slab, so neighbors grow together again by themselves when they are given back. Slabs with free pages are listed by the largest
/// chunk that they can give; a chunk comes from the list that fits best, and from a slab that was never touched only when no list has one.
/// </para>
/// <para>
/// What always holds: pages become resident when they are first touched and stay so until <see cref="Dispose"/> (a first touch costs
/// more than writing ten records); what is handed out, chunks and credit together, never exceeds the capacity, and the account is charged
/// with the same number. Any thread may call.
/// </para>
/// </summary>
internal sealed unsafe class ChunkPool : IDisposable
{
    public const int ChunkBytesMin = 4 * 1024;
    public const int ChunkBytesMax = ChunkBytesMin << OrderMax;

    /// <summary>What one step of a 32-bit reference is worth; with it a reference reaches 16 GiB.</summary>
    public const int UnitBytes = 4;

    public const long CapacityBytesMax = (long)UnitBytes << 32;

    private const int OrderMax = 4;
    private const ushort AllPages = 0xFFFF;
    private const int None = -1;

    private readonly Lock _lock = new();
    private readonly MemoryAccount _account;

    // All below is guarded by the lock.
    private readonly ushort[] _freePages;
    private readonly int[] _next;
    private readonly int[] _previous;
    private readonly int[] _firstOfOrder = new int[OrderMax + 1];
    private int _touchedSlabs;
    private long _usedBytes;
    private byte* _origin;

    public ChunkPool(MemoryAccount account, long capacityBytes, bool hugePages)
    {
        Invariant.Require(capacityBytes is > 0 and <= CapacityBytesMax);
        _account = account;
        CapacityBytes = capacityBytes;
        int slabs = (int)((capacityBytes + ChunkBytesMax - 1) / ChunkBytesMax);
        _freePages = new ushort[slabs];
        _next = new int[slabs];
        _previous = new int[slabs];
        Array.Fill(_firstOfOrder, None);
        long rangeBytes = (long)slabs * ChunkBytesMax;
        _origin = (byte*)NativeMemory.AlignedAlloc((nuint)rangeBytes, MemoryAdvice.HugePageBytes);
        if (hugePages)
        {
            MemoryAdvice.PreferHugePages(_origin, rangeBytes);
        }
    }

    public long CapacityBytes { get; }

    /// <summary>Handed out at this moment, chunks and credit.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>The address that 32-bit references count from. The first bytes are a chunk's head, so a reference of 0 is none.</summary>
    public byte* Origin => _origin;

    /// <summary>Takes a chunk of at least this many bytes, its head filled in; null when there is none.</summary>
    public Chunk* TryTake(int bytes)
    {
        int order = OrderOf(bytes);
        int chunkBytes = ChunkBytesMin << order;
        lock (_lock)
        {
            Invariant.Require(_origin != null);
            int slab = _usedBytes + chunkBytes <= CapacityBytes ? SlabFor(order) : None;
            if (slab == None)
            {
                return null;
            }

            int page = BitOperations.TrailingZeroCount(RunsOf(_freePages[slab], order));
            SetFreePages(slab, (ushort)(_freePages[slab] & ~PagesOf(order, page)));
            Use(chunkBytes);
            Chunk* chunk = (Chunk*)(_origin + ((long)slab * ChunkBytesMax) + (page * ChunkBytesMin));
            chunk->Next = null;
            chunk->Bytes = chunkBytes;
            return chunk;
        }
    }

    /// <summary>Takes a chunk back. Nobody may read or write it any more.</summary>
    public void Give(Chunk* chunk)
    {
        long offset = (byte*)chunk - _origin;
        int slab = (int)(offset / ChunkBytesMax);
        int page = (int)(offset % ChunkBytesMax / ChunkBytesMin);
        int bytes = (int)chunk->Bytes;
        ushort pages = PagesOf(OrderOf(bytes), page);
        lock (_lock)
        {
            Invariant.Require((_freePages[slab] & pages) == 0);
            SetFreePages(slab, (ushort)(_freePages[slab] | pages));
            Use(-bytes);
        }
    }

    /// <summary>Takes a share of the capacity for memory outside of the range; false when that much is not left.</summary>
    public bool TryTakeCredit(long bytes)
    {
        lock (_lock)
        {
            bool isLeft = _usedBytes + bytes <= CapacityBytes;
            if (isLeft)
            {
                Use(bytes);
            }

            return isLeft;
        }
    }

    public void GiveCredit(long bytes)
    {
        lock (_lock)
        {
            Use(-bytes);
        }
    }

    /// <summary>Gives the range back to the system. Requires that every table is freed.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Invariant.Require(_usedBytes == 0);
            NativeMemory.AlignedFree(_origin);
            _origin = null;
        }
    }

    /// <summary>
    /// Gives the range back with whatever is in use. For an opening that failed: it has tables that nobody was ever given, and the error
    /// that ended it is not to be hidden by theirs.
    /// </summary>
    public void Abandon()
    {
        lock (_lock)
        {
            Use(-_usedBytes);
            NativeMemory.AlignedFree(_origin);
            _origin = null;
        }
    }

    private static int OrderOf(int bytes)
    {
        Invariant.Require(bytes is > 0 and <= ChunkBytesMax);
        return BitOperations.Log2((uint)(bytes - 1) / ChunkBytesMin * 2 + 1);
    }

    private static ushort PagesOf(int order, int page) => (ushort)(((1 << (1 << order)) - 1) << page);

    /// <summary>One bit for every aligned run of 2^order free pages, at its first page.</summary>
    private static uint RunsOf(uint pages, int order)
    {
        if (order >= 1)
        {
            pages &= (pages >> 1) & 0x5555;
        }

        if (order >= 2)
        {
            pages &= (pages >> 2) & 0x1111;
        }

        if (order >= 3)
        {
            pages &= (pages >> 4) & 0x0101;
        }

        return order >= 4 ? pages & (pages >> 8) & 0x0001 : pages;
    }

    private static int LargestOrder(ushort pages)
    {
        int order = OrderMax;
        while (order >= 0 && RunsOf(pages, order) == 0)
        {
            order--;
        }

        return order;
    }

    private int SlabFor(int order)
    {
        for (int larger = order; larger <= OrderMax; larger++)
        {
            if (_firstOfOrder[larger] != None)
            {
                return _firstOfOrder[larger];
            }
        }

        if (_touchedSlabs == _freePages.Length)
        {
            return None;
        }

        SetFreePages(_touchedSlabs, AllPages);
        return _touchedSlabs++;
    }

    private void SetFreePages(int slab, ushort pages)
    {
        int orderBefore = LargestOrder(_freePages[slab]);
        int orderAfter = LargestOrder(pages);
        _freePages[slab] = pages;
        if (orderBefore != orderAfter)
        {
            Unlink(slab, orderBefore);
            Link(slab, orderAfter);
        }
    }

    private void Unlink(int slab, int order)
    {
        if (order < 0)
        {
            return;
        }

        if (_previous[slab] == None)
        {
            _firstOfOrder[order] = _next[slab];
        }
        else
        {
            _next[_previous[slab]] = _next[slab];
        }

        if (_next[slab] != None)
        {
            _previous[_next[slab]] = _previous[slab];
        }
    }

    private void Link(int slab, int order)
    {
        if (order < 0)
        {
            return;
        }

        _previous[slab] = None;
        _next[slab] = _firstOfOrder[order];
        if (_next[slab] != None)
        {
            _previous[_next[slab]] = slab;
        }

        _firstOfOrder[order] = slab;
    }

    private void Use(long bytes)
    {
        Volatile.Write(ref _usedBytes, _usedBytes + bytes);
        if (bytes >= 0)
        {
            _account.Charge(bytes);
        }
        else
        {
            _account.Credit(-bytes);
        }
    }
}
