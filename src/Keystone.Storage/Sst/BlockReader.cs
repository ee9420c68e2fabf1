using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Keystone.Storage.Sst;

/// <summary>
/// Searches and reads the columnar payload that <see cref="BlockFormat"/> draws. A view of memory that somebody else keeps alive
/// and that <see cref="IsWellFormed"/> has accepted: nothing is checked again on the way.
/// </summary>
internal readonly unsafe struct BlockReader
{
    private const int CacheLineBytes = 64;
    private const int PrefetchBytesMax = 256;

    private readonly byte* _block;
    private readonly ulong* _heads;
    private readonly byte* _stamps;
    private readonly byte* _offsets;
    private readonly ulong _stampMin;
    private readonly bool _narrowStamps;
    private readonly bool _narrowOffsets;
    private readonly byte* _end;

    public BlockReader(byte* block)
    {
        _block = block;
        Count = *(int*)block;
        PrefixLength = *(ushort*)(block + 4);
        _narrowStamps = block[6] == 4;
        _narrowOffsets = block[7] == 2;
        _stampMin = *(ulong*)(block + 8);
        _heads = (ulong*)(block + BlockFormat.HeadsOffset(PrefixLength));
        _stamps = (byte*)(_heads + Count);
        _offsets = _stamps + ((long)Count * block[6]);
        _end = _block + Offset(Count);
    }

    /// <summary>How many entries there are. They are named by index, from 0.</summary>
    public int Count { get; }

    public int PrefixLength { get; }

    public byte* Prefix => _block + BlockFormat.HeaderBytes;

    /// <summary>
    /// Whether every pointer that a reader follows stays inside the payload. The checksum says that these are the bytes that
    /// were written; this says that they are a block. Asked once, when a block comes from the disk.
    /// </summary>
    public static bool IsWellFormed(byte* block, int length)
    {
        if (length < BlockFormat.HeaderBytes)
        {
            return false;
        }

        int count = *(int*)block;
        int prefix = *(ushort*)(block + 4);
        int stampWidth = block[6];
        int offsetWidth = block[7];
        if (count <= 0 || stampWidth is not (4 or 8) || offsetWidth is not (2 or 4))
        {
            return false;
        }

        long bytesPerEntry = BlockFormat.HeadBytes + stampWidth + offsetWidth;
        long columns = BlockFormat.HeadsOffset(prefix) + (count * bytesPerEntry) + offsetWidth;
        if (columns > length)
        {
            return false;
        }

        BlockReader reader = new(block);
        return reader.Offset(0) == columns && reader.Offset(count) == length && reader.EntriesAreWellFormed(length);
    }

    /// <summary>The first 8 bytes of a key after the prefix as a number that sorts like them; missing ones count as zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong HeadOf(byte* rest, int length)
        => length >= BlockFormat.HeadBytes
            ? BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(rest))
            : ShortHeadOf(rest, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Stamp(int index)
        => _stampMin + (_narrowStamps
            ? Unsafe.ReadUnaligned<uint>(_stamps + (index * 4L))
            : Unsafe.ReadUnaligned<ulong>(_stamps + (index * 8L)));

    /// <summary>The value of an entry, and through <paramref name="length"/> how long it is.</summary>
    public byte* Value(int index, out int length)
    {
        byte* entry = _block + Offset(index);
        entry = Rest(entry, out int rest) + Math.Max(0, rest - BlockFormat.HeadBytes);
        length = (int)(_block + Offset(index + 1) - entry);
        return entry;
    }

    /// <summary>
    /// Puts the key behind the prefix, which the caller has copied to <paramref name="key"/> when it came to this block; up to 8 bytes
    /// beyond its end are overwritten. Returns the key's length, and the value.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(int index, byte* key, out byte* value, out int valueLength)
    {
        byte* entry = Rest(_block + Offset(index), out int rest);
        Unsafe.WriteUnaligned(key + PrefixLength, BinaryPrimitives.ReverseEndianness(_heads[index]));
        int tail = rest - BlockFormat.HeadBytes;
        if (tail > 0)
        {
            byte* target = key + PrefixLength + BlockFormat.HeadBytes;
            if (tail <= BlockFormat.HeadBytes && entry + BlockFormat.HeadBytes <= _end)
            {
                Unsafe.WriteUnaligned(target, Unsafe.ReadUnaligned<ulong>(entry));
            }
            else
            {
                new ReadOnlySpan<byte>(entry, tail).CopyTo(new Span<byte>(target, tail));
            }

            entry += tail;
        }

        value = entry;
        valueLength = (int)(_block + Offset(index + 1) - entry);
        return PrefixLength + rest;
    }

    /// <summary>
    /// The index of the first entry whose key is at or after <paramref name="key"/> (<see cref="Count"/> if none is), and whether it is
    /// that key.
    /// </summary>
    public int LowerBound(ReadOnlySpan<byte> key, out bool equal)
    {
        equal = false;
        if (PrefixLength > 0)
        {
            int order = ComparePrefix(key);
            if (order != 0)
            {
                return order < 0 ? 0 : Count;
            }
        }

        fixed (byte* pointer = key)
        {
            byte* rest = pointer + PrefixLength;
            int restLength = key.Length - PrefixLength;
            ulong head = HeadOf(rest, restLength);
            int low = HeadSearch.CountBelow(_heads, Count, head);
            if (low == Count || _heads[low] != head)
            {
                return low;
            }

            bool single = low + 1 == Count || _heads[low + 1] != head;
            return AmongEqualHeads(low, single ? low + 1 : EndOfEqualHeads(head), rest, restLength, out equal);
        }
    }

    /// <summary>
    /// Asks for the columns while they may still be in main memory. They are contiguous: waiting once for all of them costs less than
    /// waiting for heads first and for offsets then.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PrefetchOffsets()
    {
        if (Sse.IsSupported)
        {
            byte* end = _offsets + Math.Min(PrefetchBytesMax, (Count + 1) * (_narrowOffsets ? 2 : 4));
            for (byte* line = _offsets; line < end; line += CacheLineBytes)
            {
                Sse.Prefetch0(line);
            }
        }
    }

    /// <summary>Whether the entry behind this one is in this block too and has certainly another key. Looks at the heads only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool DiffersFromNext(int index) => index + 1 < Count && _heads[index] != _heads[index + 1];

    /// <summary>Whether an entry has the same key as the one before it.</summary>
    public bool SameKeyAsPrevious(int index)
    {
        if (_heads[index] != _heads[index - 1])
        {
            return false;
        }

        byte* rest = Rest(_block + Offset(index - 1), out int length);
        return CompareRest(index, rest, length) == 0;
    }

    private int AmongEqualHeads(int low, int high, byte* rest, int restLength, out bool equal)
    {
        byte* tail = rest + BlockFormat.HeadBytes;
        int end = high;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            int order = CompareRest(middle, tail, restLength);
            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        equal = low < end && CompareRest(low, tail, restLength) == 0;
        return low;
    }

    /// <summary>
    /// Compares an entry's key with another of the same head: its tail and its length after the prefix. Padding makes a shorter one the
    /// lesser.
    /// </summary>
    private int CompareRest(int index, byte* tail, int restLength)
    {
        byte* entryTail = Rest(_block + Offset(index), out int entryLength);
        return entryLength <= BlockFormat.HeadBytes || restLength <= BlockFormat.HeadBytes
            ? entryLength.CompareTo(restLength)
            : new ReadOnlySpan<byte>(entryTail, entryLength - BlockFormat.HeadBytes)
                .SequenceCompareTo(new ReadOnlySpan<byte>(tail, restLength - BlockFormat.HeadBytes));
    }

    private int EndOfEqualHeads(ulong head) => head == ulong.MaxValue ? Count : HeadSearch.CountBelow(_heads, Count, head + 1);

    private int ComparePrefix(ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> prefix = new(Prefix, PrefixLength);
        return key.StartsWith(prefix) ? 0 : key.SequenceCompareTo(prefix);
    }

    /// <summary>Reads the length of the key after the prefix; returns where the bytes after the head begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Rest(byte* entry, out int length)
    {
        length = *entry++;
        if (length > 127)
        {
            length = (length & 0x7F) | (*entry++ << 7);
        }

        return entry;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int Offset(int index)
        => _narrowOffsets ? Unsafe.ReadUnaligned<ushort>(_offsets + (index * 2L)) : Unsafe.ReadUnaligned<int>(_offsets + (index * 4L));

    private bool EntriesAreWellFormed(int length)
    {
        int start = Offset(0);
        for (int i = 0; i < Count; i++)
        {
            int end = Offset(i + 1);
            if (end <= start || end > length)
            {
                return false;
            }

            byte* entry = _block + start;
            if (*entry > 127 && end - start < 2)
            {
                return false;
            }

            byte* tail = Rest(entry, out int rest);
            if (PrefixLength + rest > SstFormat.KeyBytesMax || tail + Math.Max(0, rest - BlockFormat.HeadBytes) > _block + end)
            {
                return false;
            }

            start = end;
        }

        return true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong ShortHeadOf(byte* rest, int length)
    {
        ulong head = 0;
        for (int i = 0; i < length; i++)
        {
            head |= (ulong)rest[i] << (56 - (8 * i));
        }

        return head;
    }
}
