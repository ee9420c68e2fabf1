using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// The unpacked blocks of all files, within one budget of bytes. A hit looks into the table of its file and touches the cache itself
/// not at all: no lock, no allocation. A miss enters here: the block joins a clock, and the hand drops blocks that were of no use since it
/// came by, until the budget is kept.
/// <para>
/// What always holds: blocks in tables take no more bytes than the budget, but for the roots of indexes, which stay while their file is
/// open
/// and are charged nevertheless. A dropped block's memory is freed when its last reader lets go of it.
/// </para>
/// </summary>
internal sealed class BlockCache : IDisposable
{
    /// <summary>How many times the hand passes a block that was used before it drops it.</summary>
    public const byte DataRounds = 1;

    /// <summary>The same for filter and index.</summary>
    public const byte IndexRounds = 3;

    private const int ScratchesMax = 8;

    private readonly Lock _lock = new();
    private readonly Stack<BlockScratch> _scratch = new(ScratchesMax);
    private CachedBlock? _hand;
    private int _blocks;
    private long _bytes;
    private long _misses;
    private long _evictions;
    private bool _isDisposed;

    public BlockCache(long budgetBytes, MemoryAccount account)
    {
        BudgetBytes = budgetBytes;
        Account = account;
    }

    public long BudgetBytes { get; }

    public MemoryAccount Account { get; }

    /// <summary>Bytes of the blocks in tables and of roots.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Blocks that were read from the disk.</summary>
    public long Misses => Volatile.Read(ref _misses);

    public long Evictions => Volatile.Read(ref _evictions);

    /// <summary>
    /// Puts a block that was read into its file's table. Returns the block to use, held for the caller: this one, or the one that
    /// another reader
    /// put there first, in which case this one is gone.
    /// </summary>
    public CachedBlock Add(BlockSlots slots, CachedBlock block)
    {
        lock (_lock)
        {
            _misses++;
            if (slots.IsClosed || _isDisposed)
            {
                return block;
            }

            CachedBlock? earlier = slots.Get(block.Ordinal);
            if (earlier != null)
            {
                Invariant.Require(earlier.TryPin());
                block.Unpin();
                return earlier;
            }

            Invariant.Require(block.TryPin());
            slots.Set(block);
            block.Slots = slots;
            _bytes += block.Length;
            Link(block);
            KeepBudget();
            return block;
        }
    }

    /// <summary>Counts a root in, or out with a negative number. Other blocks make room for it.</summary>
    public void ChargeRoot(int bytes)
    {
        lock (_lock)
        {
            _bytes += bytes;
            KeepBudget();
        }
    }

    /// <summary>Drops all blocks of a file. Those that are held live on until they are let go.</summary>
    public void Close(BlockSlots slots)
    {
        lock (_lock)
        {
            slots.Close(Drop);
        }
    }

    /// <summary>What it takes to bring a block in. Give it back with <see cref="Return"/>.</summary>
    public BlockScratch Rent()
    {
        lock (_lock)
        {
            if (_scratch.TryPop(out BlockScratch? scratch))
            {
                return scratch;
            }
        }

        return new BlockScratch(Account);
    }

    public void Return(BlockScratch scratch)
    {
        scratch.Shrink();
        lock (_lock)
        {
            if (!_isDisposed && _scratch.Count < ScratchesMax)
            {
                _scratch.Push(scratch);
                return;
            }
        }

        scratch.Dispose();
    }

    /// <summary>
    /// Drops everything. Requires that the readers of all files are released; blocks that are still held are freed when they are let
    /// go.
    /// </summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
            while (_hand != null)
            {
                Drop(_hand);
            }

            while (_scratch.TryPop(out BlockScratch? scratch))
            {
                scratch.Dispose();
            }
        }
    }

    private void KeepBudget()
    {
        // Readers may renew a block's rounds while the hand turns; after this many visits it drops what it meets.
        long visitsLeft = (IndexRounds + 1L) * _blocks;
        while (_bytes > BudgetBytes && _hand != null)
        {
            if (visitsLeft-- > 0 && _hand.TakeRound())
            {
                _hand = _hand.ClockNext;
                continue;
            }

            _evictions++;
            Drop(_hand);
        }
    }

    private void Drop(CachedBlock block)
    {
        block.Slots!.Remove(block);
        block.Slots = null;
        _bytes -= block.Length;
        Unlink(block);
        block.Unpin();
    }

    /// <summary>Puts a block behind the hand: it is the last one that the hand will come to.</summary>
    private void Link(CachedBlock block)
    {
        _blocks++;
        CachedBlock next = _hand ?? block;
        CachedBlock previous = _hand?.ClockPrevious ?? block;
        block.ClockNext = next;
        block.ClockPrevious = previous;
        previous.ClockNext = block;
        next.ClockPrevious = block;
        _hand = next;
    }

    private void Unlink(CachedBlock block)
    {
        _blocks--;
        CachedBlock next = block.ClockNext!;
        block.ClockPrevious!.ClockNext = next;
        next.ClockPrevious = block.ClockPrevious;
        if (_hand == block)
        {
            _hand = next == block ? null : next;
        }

        block.ClockNext = null;
        block.ClockPrevious = null;
    }
}
