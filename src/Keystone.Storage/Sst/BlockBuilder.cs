using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// Gathers sorted entries and turns them into the columnar payload that <see cref="BlockFormat"/> draws. Reused from block to block.
/// The owner guarantees the order; <c>shared</c> is the length of the prefix that a key has in common with the key before it.
/// </summary>
internal sealed unsafe class BlockBuilder(MemoryAccount account, int blockBytes) : IDisposable
{
    private const int StagedEntryBytes = 16;
    private const int ColumnBytesPerEntry = BlockFormat.HeadBytes + 4 + 2 + 1;
    private const int ShortRestMax = 127;

    private readonly NativeBuffer _entries = new(account, 0);
    private readonly NativeBuffer _keys = new(account, 0);
    private readonly NativeBuffer _values = new(account, 0);
    private int _prefix;
    private ulong _stampMin;
    private ulong _stampMax;

    private struct StagedEntry
    {
        public ulong Stamp;
        public int KeyLength;
        public int ValueLength;
    }

    public int Count { get; private set; }

    /// <summary>The key that was added last. Requires that there is one.</summary>
    public ReadOnlySpan<byte> LastKey
    {
        get
        {
            int length = ((StagedEntry*)_entries.Pointer)[Count - 1].KeyLength;
            return _keys.Written[^length..];
        }
    }

    /// <summary>About how large the payload is with one entry more.</summary>
    public int BytesWith(int shared, int keyLength, int valueLength)
    {
        int prefix = Count == 0 ? keyLength : Math.Min(_prefix, shared);
        int tails = Math.Max(0, _keys.Length + keyLength - ((Count + 1) * (prefix + BlockFormat.HeadBytes)));
        return BlockFormat.HeadsOffset(prefix) + ((Count + 1) * ColumnBytesPerEntry) + 2 + tails + _values.Length + valueLength;
    }

    public void Add(ReadOnlySpan<byte> key, int shared, ulong stamp, ReadOnlySpan<byte> value)
    {
        _prefix = Count == 0 ? key.Length : Math.Min(_prefix, shared);
        _stampMin = Count == 0 ? stamp : Math.Min(_stampMin, stamp);
        _stampMax = Count == 0 ? stamp : Math.Max(_stampMax, stamp);
        Count++;
        _entries.EnsureFree(StagedEntryBytes);
        StagedEntry* entry = (StagedEntry*)(_entries.Pointer + _entries.Length);
        entry->Stamp = stamp;
        entry->KeyLength = key.Length;
        entry->ValueLength = value.Length;
        _entries.Length += StagedEntryBytes;
        _keys.Append(key);
        _values.Append(value);
    }

    /// <summary>Appends the payload to <paramref name="target"/>, starts anew, and returns the payload's length.</summary>
    public int Finish(NativeBuffer target)
    {
        Invariant.Require(Count > 0);
        int stampWidth = _stampMax - _stampMin <= uint.MaxValue ? 4 : 8;
        int withoutOffsets = BlockFormat.HeadsOffset(_prefix) + (Count * (BlockFormat.HeadBytes + stampWidth)) + HeapBytes();
        int offsetWidth = withoutOffsets + ((Count + 1) * 2) <= ushort.MaxValue ? 2 : 4;
        int length = withoutOffsets + ((Count + 1) * offsetWidth);
        Invariant.Require(length <= BlockFormat.RawBytesMax);
        target.EnsureFree(length);
        Write(target.Pointer + target.Length, stampWidth, offsetWidth);
        target.Length += length;
        Clear();
        return length;
    }

    /// <summary>Forgets what was added and frees all memory; the next entry takes it again.</summary>
    public void Rest()
    {
        Count = 0;
        _entries.Dispose();
        _keys.Dispose();
        _values.Dispose();
    }

    public void Dispose() => Rest();

    private void Clear()
    {
        Count = 0;
        _entries.Clear();
        _keys.Clear();
        _values.Clear();
        if (_values.Capacity > 4 * blockBytes)
        {
            _values.ShrinkTo(blockBytes);
        }
    }

    private int HeapBytes()
    {
        StagedEntry* entries = (StagedEntry*)_entries.Pointer;
        int bytes = _values.Length;
        for (int i = 0; i < Count; i++)
        {
            int rest = entries[i].KeyLength - _prefix;
            bytes += (rest > ShortRestMax ? 2 : 1) + Math.Max(0, rest - BlockFormat.HeadBytes);
        }

        return bytes;
    }

    private void Write(byte* block, int stampWidth, int offsetWidth)
    {
        *(int*)block = Count;
        *(ushort*)(block + 4) = (ushort)_prefix;
        block[6] = (byte)stampWidth;
        block[7] = (byte)offsetWidth;

        // Zeros first: they end where the heads begin and may cover what is written next.
        byte* heads = block + BlockFormat.HeadsOffset(_prefix);
        Unsafe.WriteUnaligned(heads - sizeof(ulong), 0UL);
        Unsafe.WriteUnaligned(block + 8, _stampMin);
        Copy(_keys.Pointer, block + BlockFormat.HeaderBytes, _prefix);
        byte* stamps = heads + (Count * BlockFormat.HeadBytes);
        byte* offsets = stamps + (Count * stampWidth);
        byte* heap = offsets + ((Count + 1) * offsetWidth);

        StagedEntry* entries = (StagedEntry*)_entries.Pointer;
        byte* key = _keys.Pointer;
        byte* value = _values.Pointer;
        for (int i = 0; i < Count; i++)
        {
            StagedEntry entry = entries[i];
            PutNumber(offsets, i, offsetWidth == 2, (uint)(heap - block));
            PutStamp(stamps, i, stampWidth == 4, entry.Stamp - _stampMin);
            int rest = entry.KeyLength - _prefix;
            Unsafe.WriteUnaligned(heads + (i * BlockFormat.HeadBytes), BlockReader.HeadOf(key + _prefix, rest));
            heap = PutRest(heap, key + _prefix, rest);
            Copy(value, heap, entry.ValueLength);
            heap += entry.ValueLength;
            value += entry.ValueLength;
            key += entry.KeyLength;
        }

        PutNumber(offsets, Count, offsetWidth == 2, (uint)(heap - block));
    }

    private static byte* PutRest(byte* heap, byte* rest, int length)
    {
        if (length <= ShortRestMax)
        {
            *heap++ = (byte)length;
        }
        else
        {
            *heap++ = (byte)(length | 0x80);
            *heap++ = (byte)(length >> 7);
        }

        int tail = length - BlockFormat.HeadBytes;
        if (tail > 0)
        {
            Copy(rest + BlockFormat.HeadBytes, heap, tail);
            heap += tail;
        }

        return heap;
    }

    private static void PutNumber(byte* column, int index, bool narrow, uint number)
    {
        if (narrow)
        {
            Unsafe.WriteUnaligned(column + (index * 2), (ushort)number);
        }
        else
        {
            Unsafe.WriteUnaligned(column + (index * 4), number);
        }
    }

    private static void PutStamp(byte* column, int index, bool narrow, ulong stamp)
    {
        if (narrow)
        {
            Unsafe.WriteUnaligned(column + (index * 4), (uint)stamp);
        }
        else
        {
            Unsafe.WriteUnaligned(column + (index * 8), stamp);
        }
    }

    private static void Copy(byte* source, byte* target, int length)
        => new ReadOnlySpan<byte>(source, length).CopyTo(new Span<byte>(target, length));
}
