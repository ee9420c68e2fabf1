using System.Runtime.CompilerServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// One version of one key, as it lies in the arena (at a multiple of <see cref="ChunkPool.UnitBytes"/>). Written completely before the
/// tree or an older record refers to it, and not changed after that but for one word: the link to the next newer version, which is
/// set once, by a release store.
/// <code>
///  0       8       12      16        20       22      24
/// +-------+-------+-------+---------+--------+-------+-----+---------------------+
/// | stamp | older | newer | value   | key    | has a | key | value, or with a    |
/// |       |       |       | length  | length | run   |     | run its address (8) |
/// +-------+-------+-------+---------+--------+-------+-----+---------------------+
/// </code>
/// </summary>
internal unsafe struct Record
{
    public const int HeadBytes = 24;

    /// <summary>A larger record keeps its value in a run of its own, so that a chunk loses at most this much at its end.</summary>
    public const int InlineBytesMax = 16 * 1024;

    /// <summary>How much a record takes at most above its key and value: head, padding, address of the run.</summary>
    public const int OverheadBytesMax = HeadBytes + ChunkPool.UnitBytes - 1 + sizeof(long);

    /// <summary>Only values of more than 12,000 bytes have a run: at least this many for a byte of the run's head.</summary>
    public const int BytesPerRunHeadByte = 512;

    public ulong Stamp;

    /// <summary>The next older version of the same key, 0 for none.</summary>
    public uint Older;

    /// <summary>The next newer version of the same key, 0 for none yet. Read with acquire, written with release.</summary>
    public uint Newer;

    public int ValueLength;
    public ushort KeyLength;
    public ushort HasRun;

    public static byte* KeyPointer(Record* record) => (byte*)record + HeadBytes;

    public static ReadOnlySpan<byte> Key(Record* record) => new(KeyPointer(record), record->KeyLength);

    public static byte* ValuePointer(Record* record)
    {
        byte* behindKey = KeyPointer(record) + record->KeyLength;
        return record->HasRun == 0 ? behindKey : (byte*)Unsafe.ReadUnaligned<nuint>(behindKey);
    }

    /// <summary>Writes a record that nobody can see yet.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Record* Write(Arena arena, ReadOnlySpan<byte> key, ulong stamp, ReadOnlySpan<byte> value)
    {
        long inlineBytes = RoundUp(HeadBytes + key.Length + (long)value.Length);
        bool hasRun = inlineBytes > InlineBytesMax;
        int bytes = hasRun ? (int)RoundUp(HeadBytes + key.Length + sizeof(long)) : (int)inlineBytes;
        Record* record = (Record*)arena.Allocate(bytes, ChunkPool.UnitBytes);
        record->Stamp = stamp;
        record->Older = 0;
        record->Newer = 0;
        record->ValueLength = value.Length;
        record->KeyLength = (ushort)key.Length;
        record->HasRun = hasRun ? (ushort)1 : (ushort)0;
        key.CopyTo(new Span<byte>(KeyPointer(record), key.Length));
        if (hasRun)
        {
            byte* run = arena.AllocateRun(value.Length);
            Unsafe.WriteUnaligned(KeyPointer(record) + key.Length, (nuint)run);
        }

        value.CopyTo(new Span<byte>(ValuePointer(record), value.Length));
        return record;
    }

    private static long RoundUp(long bytes) => (bytes + ChunkPool.UnitBytes - 1) & ~(ChunkPool.UnitBytes - 1L);
}
