using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// The memory of one table: it only grows, and goes back as a whole. Small things are laid one behind the other into chunks of the pool;
/// what does not fit a chunk gets a run of its own from the system's heap, paid with credit of the pool.
/// <para>
/// Enter: a demand for the worst case (<see cref="TryCover"/>). Leave: bytes, which can then no longer be refused. The chunk in use is
/// followed by spare ones, in order; an allocation that does not fit what is left of a chunk goes on in the next, so at worst the tail
/// that a chunk loses is just short of the largest allocation. Owned by the table's writer.
/// </para>
/// </summary>
internal sealed unsafe class Arena(ChunkPool pool)
{
    /// <summary>If the demand allows, a chunk is at most this part of what the table holds, so that little of it is idle.</summary>
    private const int GrowthDivisor = 16;

    private Chunk* _inUse;
    private Chunk* _firstSpare;
    private Chunk* _lastSpare;
    private Chunk* _ownChunks;
    private Chunk* _runs;
    private byte* _cursor;
    private byte* _end;
    private long _creditBytes;
    private long _bytes;

    /// <summary>Everything that the pool counts for this table: chunks, runs and credit.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public byte* Origin => pool.Origin;

    /// <summary>
    /// Makes sure of room for any sequence of allocations of at most <paramref name="largestBytes"/> each and
    /// <paramref name="demandBytes"/> together, padding included, and of credit for <paramref name="runBytes"/> of runs.
    /// False when the pool cannot give it; then nothing is kept.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryCover(long demandBytes, int largestBytes, long runBytes)
    {
        Chunk* lastBefore = _lastSpare;
        long leftBytes = LeftAfter(demandBytes, _end - _cursor, largestBytes);
        for (Chunk* spare = _firstSpare; spare != null; spare = spare->Next)
        {
            leftBytes = LeftAfter(leftBytes, spare->Bytes - Chunk.HeadBytes, largestBytes);
        }

        while (leftBytes > 0)
        {
            Chunk* chunk = TakeFor(leftBytes);
            if (chunk == null)
            {
                GiveSparesBehind(lastBefore);
                return false;
            }

            AppendSpare(chunk);
            leftBytes = LeftAfter(leftBytes, chunk->Bytes - Chunk.HeadBytes, largestBytes);
        }

        if (!TryRaiseCredit(runBytes))
        {
            GiveSparesBehind(lastBefore);
            return false;
        }

        return true;
    }

    /// <summary>Bytes that were covered before. Alignment is a power of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public byte* Allocate(int bytes, int alignment)
    {
        byte* start = Align(_cursor, alignment);
        while (_end - start < bytes)
        {
            OpenSpare();
            start = Align(_cursor, alignment);
        }

        _cursor = start + bytes;
        return start;
    }

    /// <summary>Bytes of their own behind a head, from credit that was covered before.</summary>
    public byte* AllocateRun(int bytes)
    {
        long runBytes = (long)bytes + Chunk.HeadBytes;
        Invariant.Require(runBytes <= _creditBytes);
        Chunk* run = NewRun(runBytes);
        _creditBytes -= runBytes;
        return (byte*)run + Chunk.HeadBytes;
    }

    /// <summary>Uncovered memory for one purpose, a whole chunk or a run, its head included; null when the pool has none left.</summary>
    public Chunk* TryTakeWhole(int bytes)
    {
        if (bytes > ChunkPool.ChunkBytesMax)
        {
            if (!pool.TryTakeCredit(bytes))
            {
                return null;
            }

            AddBytes(bytes);
            return NewRun(bytes);
        }

        Chunk* chunk = pool.TryTake(bytes);
        if (chunk != null)
        {
            chunk->Next = _ownChunks;
            _ownChunks = chunk;
            AddBytes(chunk->Bytes);
        }

        return chunk;
    }

    /// <summary>
    /// All that was covered is allocated or given up: gives back the credit and the spare chunks, but for the next one of a table that
    /// holds something. A small demand near the end of each chunk would take it from the pool and give it back again and again.
    /// </summary>
    public void Settle()
    {
        Chunk* kept = _inUse == null ? null : _firstSpare;
        if (_lastSpare != kept)
        {
            GiveSparesBehind(kept);
        }

        if (_creditBytes != 0)
        {
            GiveCredit();
        }
    }

    /// <summary>Gives everything back. Requires that nobody reads any of it.</summary>
    public void Free()
    {
        GiveAll(_inUse);
        GiveAll(_firstSpare);
        GiveAll(_ownChunks);
        for (Chunk* run = _runs; run != null;)
        {
            Chunk* next = run->Next;
            long bytes = run->Bytes;
            NativeMemory.Free(run);
            pool.GiveCredit(bytes);
            AddBytes(-bytes);
            run = next;
        }

        GiveCredit();
        _inUse = _firstSpare = _lastSpare = _ownChunks = _runs = null;
        _cursor = _end = null;
        Invariant.Require(_bytes == 0);
    }

    private static byte* Align(byte* pointer, int alignment) => (byte*)(((nuint)pointer + (nuint)alignment - 1) & ~((nuint)alignment - 1));

    /// <summary>
    /// What of a demand is left, at worst, when a chunk with this much room is used up: nothing if all fits; else the chunk is left
    /// only for an allocation that does not fit its tail.
    /// </summary>
    private static long LeftAfter(long demandBytes, long roomBytes, int largestBytes) =>
        roomBytes >= demandBytes ? 0 : demandBytes - Math.Max(0, roomBytes - largestBytes);

    private Chunk* TakeFor(long demandBytes)
    {
        int neededBytes = (int)Math.Min(demandBytes + Chunk.HeadBytes, ChunkPool.ChunkBytesMax);
        int grownBytes = (int)Math.Min(_bytes / GrowthDivisor, ChunkPool.ChunkBytesMax);
        int comfortableBytes = (int)((BitOperations.RoundUpToPowerOf2((uint)grownBytes + 1)) / 2);
        Chunk* chunk = comfortableBytes > neededBytes ? pool.TryTake(comfortableBytes) : null;
        return chunk != null ? chunk : pool.TryTake(neededBytes);
    }

    private void AppendSpare(Chunk* chunk)
    {
        if (_lastSpare == null)
        {
            _firstSpare = chunk;
        }
        else
        {
            _lastSpare->Next = chunk;
        }

        _lastSpare = chunk;
        AddBytes(chunk->Bytes);
    }

    private void OpenSpare()
    {
        Chunk* chunk = _firstSpare;
        Invariant.Require(chunk != null);
        _firstSpare = chunk->Next;
        if (_firstSpare == null)
        {
            _lastSpare = null;
        }

        chunk->Next = _inUse;
        _inUse = chunk;
        _cursor = (byte*)chunk + Chunk.HeadBytes;
        _end = (byte*)chunk + chunk->Bytes;
    }

    private void GiveSparesBehind(Chunk* last)
    {
        Chunk* first = last == null ? _firstSpare : last->Next;
        if (last == null)
        {
            _firstSpare = null;
        }
        else
        {
            last->Next = null;
        }

        _lastSpare = last;
        GiveAll(first);
    }

    private void GiveAll(Chunk* first)
    {
        for (Chunk* chunk = first; chunk != null;)
        {
            Chunk* next = chunk->Next;
            AddBytes(-chunk->Bytes);
            pool.Give(chunk);
            chunk = next;
        }
    }

    private bool TryRaiseCredit(long bytes)
    {
        long lackingBytes = bytes - _creditBytes;
        if (lackingBytes <= 0)
        {
            return true;
        }

        if (!pool.TryTakeCredit(lackingBytes))
        {
            return false;
        }

        _creditBytes += lackingBytes;
        AddBytes(lackingBytes);
        return true;
    }

    private void GiveCredit()
    {
        pool.GiveCredit(_creditBytes);
        AddBytes(-_creditBytes);
        _creditBytes = 0;
    }

    private Chunk* NewRun(long bytes)
    {
        Chunk* run = (Chunk*)NativeMemory.Alloc((nuint)bytes);
        run->Bytes = bytes;
        run->Next = _runs;
        _runs = run;
        return run;
    }

    private void AddBytes(long bytes) => Volatile.Write(ref _bytes, _bytes + bytes);
}
