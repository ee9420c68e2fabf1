using System.Runtime.InteropServices;

namespace Keystone.Storage.InMemory;

/// <summary>
/// The bytes of one file in memory, in native chunks.
/// <para>
/// What always holds: names, handles and calls under way hold one reference each, the count is raised only from above zero, and the chunks
/// go with the last reference, so no reader ever looks at memory that was given back. Readers take no lock: a chunk is in the table before
/// the length covers it, and neither ever goes or moves while the file lives. One writer at a time changes table and length.
/// </para>
/// </summary>
internal sealed unsafe class MemoryContent(MemoryRoom room, bool isTable)
{
    /// <summary>A file takes whole chunks, and half of the last one is unused on average.</summary>
    public const int ChunkBytes = 16 << 10;

    private readonly Lock _writer = new();
    private nint[] _chunks = [];
    private int _chunkCount;
    private long _length;
    private int _references = 1;

    public long Length => Volatile.Read(ref _length);

    /// <summary>One more name, handle or call. False when the last has gone.</summary>
    public bool TryAddReference()
    {
        int count = Volatile.Read(ref _references);
        while (count > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, count + 1, count);
            if (seen == count)
            {
                return true;
            }

            count = seen;
        }

        return false;
    }

    /// <summary>One name, handle or call less. The last frees the memory.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        Invariant.Require(left >= 0);
        if (left == 0)
        {
            Free();
        }
    }

    /// <summary>Copies what there is from an offset on. Requires a reference.</summary>
    public int Read(long offset, Span<byte> destination)
    {
        int total = (int)Math.Clamp(Length - offset, 0, destination.Length);
        nint[] chunks = Volatile.Read(ref _chunks);
        for (int copied = 0; copied < total;)
        {
            (long chunk, long start) = Math.DivRem(offset + copied, ChunkBytes);
            int bytes = (int)Math.Min(ChunkBytes - start, total - copied);
            new ReadOnlySpan<byte>((byte*)chunks[chunk] + start, bytes).CopyTo(destination[copied..]);
            copied += bytes;
        }

        return total;
    }

    /// <summary>
    /// Writes all bytes, with zeros before them if the file ends earlier. False when there is no room for all of it; then nothing was
    /// written. Requires a reference.
    /// </summary>
    public bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        lock (_writer)
        {
            long end = offset + source.Length;
            if (!source.IsEmpty && !TryGrow((end + ChunkBytes - 1) / ChunkBytes))
            {
                return false;
            }

            while (!source.IsEmpty)
            {
                (long chunk, long start) = Math.DivRem(offset, ChunkBytes);
                int bytes = (int)Math.Min(ChunkBytes - start, source.Length);
                source[..bytes].CopyTo(new Span<byte>((byte*)_chunks[chunk] + start, bytes));
                source = source[bytes..];
                offset += bytes;
            }

            Volatile.Write(ref _length, Math.Max(_length, end));
            return true;
        }
    }

    /// <summary>Has so many chunks, new ones filled with zeros. By the writer.</summary>
    private bool TryGrow(long count)
    {
        long lacking = count - _chunkCount;
        if (lacking <= 0)
        {
            return true;
        }

        if (!room.TryTake(lacking * ChunkBytes, isTable))
        {
            return false;
        }

        nint[] chunks = _chunks;
        if (chunks.Length < count)
        {
            chunks = new nint[Math.Max(count, Math.Min(_chunks.Length * 2L, Array.MaxLength))];
            _chunks.CopyTo(chunks, 0);
        }

        while (_chunkCount < count)
        {
            chunks[_chunkCount++] = (nint)NativeMemory.AllocZeroed(ChunkBytes);
        }

        Volatile.Write(ref _chunks, chunks);
        return true;
    }

    private void Free()
    {
        for (int index = 0; index < _chunkCount; index++)
        {
            NativeMemory.Free((void*)_chunks[index]);
        }

        room.GiveBack((long)_chunkCount * ChunkBytes);
        _chunks = [];
        _chunkCount = 0;
    }
}
