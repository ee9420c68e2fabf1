using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;
using Keystone.Storage.Encryption;

namespace Keystone.Storage.Sst;

/// <summary>What a block holds. Part of its checksum, so that a block of one kind is never taken for another.</summary>
internal enum BlockKind : byte
{
    Data = 1,
    Index = 2,
    IndexRoot = 3,
    Filter = 4,
    Properties = 5,
}

/// <summary>
/// How a block stands in a file: a payload, packed or not, and a trailer.
/// <code>
/// +------------------+-----------+---------+-----------+-------+------+----------+-------------+
/// | payload          | raw bytes | key id  | tag       | codec | kind | reserved | checksum    |
/// | packed by codec  | u32       | u32, 0  | 16 B, 0   | u8    | u8   | u16, 0   | u64 XxHash3 |
/// +------------------+-----------+---------+-----------+-------+------+----------+-------------+
/// </code>
/// The checksum covers everything before it and is seeded with the file's id, the block's offset and its kind: a block that was
/// moved, swapped, left over from another file or taken for another kind is refused like one with a flipped bit. Integers are
/// little-endian. In an encrypted store the key id is 1 (the one key of the file), the packed payload is sealed, and the tag is that of
/// the seal; its nonce is the offset, its associated data file id, offset, kind, raw bytes and codec. The checksum is over what is
/// stored, so damage is found without a key.
/// <para>A data or index block's payload is columnar; searching touches the heads only:</para>
/// <code>
///  0  u32       count n, at least 1
///  4  u16       p: length of the prefix that all keys share
///  6  u8        s: bytes of a stamp column, 4 or 8
///  7  u8        w: bytes of an offset, 2 or 4
///  8  u64       the least stamp
/// 16       p           the prefix, and zeros up to a multiple of 8
///          n x u64     heads: the 8 key bytes after the prefix as a big-endian number, padded with zeros
///          n x s       stamps, less the least one
///          n + 1 x w   offsets of the entries from the start of the payload; the last is its length
///          n entries   [key length - p: 1 byte, or 2 if above 127][key after prefix and head][value]
/// </code>
/// In an index block the key is a separator: at or after the last key of the block that it stands for and before the first key
/// of the next one (equal to both when the versions of one key run across the border); the stamp is that block's location.
/// The entries of a two-level root have as value the number (u32) of the first data block of their partition.
/// </summary>
internal static unsafe class BlockFormat
{
    public const int TrailerBytes = 36;
    public const int HeaderBytes = 16;
    public const int HeadBytes = 8;

    /// <summary>Where the heads begin: aligned, so that a word of them never lies across two cache lines.</summary>
    public static int HeadsOffset(int prefixLength) => HeaderBytes + ((prefixLength + 7) & ~7);

    /// <summary>Above the largest key and value with all that stands around them.</summary>
    public const int RawBytesMax = (1 << 24) - TrailerBytes - 1;

    private const int KeyIdOffset = 4;
    private const int TagOffset = 8;
    private const int CodecOffset = 24;
    private const int KindOffset = 25;
    private const int ChecksumOffset = 28;
    private const uint SealedKeyId = 1;
    private const int PlaceBytes = 40;

    /// <summary>
    /// Writes the trailer behind a payload that will stand at <paramref name="offset"/> of the file, and seals the payload where it is if
    /// there is a key.
    /// </summary>
    public static void Seal(
        byte* stored,
        int payloadLength,
        int rawLength,
        Compression codec,
        BlockKind kind,
        UInt128 fileId,
        long offset,
        DataKey? key)
    {
        byte* trailer = stored + payloadLength;
        new Span<byte>(trailer, TrailerBytes).Clear();
        Unsafe.WriteUnaligned(trailer, rawLength);
        trailer[CodecOffset] = (byte)codec;
        trailer[KindOffset] = (byte)kind;
        if (key is not null)
        {
            Unsafe.WriteUnaligned(trailer + KeyIdOffset, SealedKeyId);
            Span<byte> place = stackalloc byte[PlaceBytes];
            WritePlace(place, fileId, offset, kind, rawLength, codec);
            key.Seal(offset, place, new Span<byte>(stored, payloadLength), new Span<byte>(trailer + TagOffset, DataKey.TagBytes));
        }

        Unsafe.WriteUnaligned(trailer + ChecksumOffset, Checksum(stored, payloadLength + ChecksumOffset, kind, fileId, offset));
    }

    /// <summary>Whether stored bytes are the very block that was written here; if so, how its payload is packed.</summary>
    public static bool TryOpen(
        byte* stored,
        int storedLength,
        BlockKind kind,
        UInt128 fileId,
        long offset,
        bool isSealed,
        out Compression codec,
        out int rawLength)
    {
        codec = default;
        rawLength = 0;
        if (storedLength <= TrailerBytes)
        {
            return false;
        }

        byte* trailer = stored + storedLength - TrailerBytes;
        ulong checksum = Checksum(stored, storedLength - TrailerBytes + ChecksumOffset, kind, fileId, offset);
        if (Unsafe.ReadUnaligned<ulong>(trailer + ChecksumOffset) != checksum || trailer[KindOffset] != (byte)kind)
        {
            return false;
        }

        codec = (Compression)trailer[CodecOffset];
        rawLength = Unsafe.ReadUnaligned<int>(trailer);
        return rawLength is > 0 and <= RawBytesMax && Unsafe.ReadUnaligned<uint>(trailer + KeyIdOffset) == (isSealed ? SealedKeyId : 0);
    }

    /// <summary>
    /// Opens the sealed payload of a block whose checksum was right into room of its length. False when it is not what was sealed here.
    /// </summary>
    public static bool TryOpenSeal(byte* stored, int storedLength, BlockKind kind, UInt128 fileId, long offset, DataKey key, byte* target)
    {
        int payloadLength = storedLength - TrailerBytes;
        byte* trailer = stored + payloadLength;
        Span<byte> place = stackalloc byte[PlaceBytes];
        WritePlace(place, fileId, offset, kind, Unsafe.ReadUnaligned<int>(trailer), (Compression)trailer[CodecOffset]);
        return key.TryOpen(
            offset,
            place,
            new ReadOnlySpan<byte>(stored, payloadLength),
            new ReadOnlySpan<byte>(trailer + TagOffset, DataKey.TagBytes),
            new Span<byte>(target, payloadLength));
    }

    private static void WritePlace(Span<byte> place, UInt128 fileId, long offset, BlockKind kind, int rawLength, Compression codec)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(place, fileId);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(place[24..], (long)kind);
        BinaryPrimitives.WriteInt32LittleEndian(place[32..], rawLength);
        BinaryPrimitives.WriteInt32LittleEndian(place[36..], (int)codec);
    }

    private static ulong Checksum(byte* bytes, int length, BlockKind kind, UInt128 fileId, long offset)
        => XxHash3.HashToUInt64(new ReadOnlySpan<byte>(bytes, length), SstFormat.Seed(fileId, offset, (ulong)kind));
}

/// <summary>Where a block stands: offset (40 bits) and stored length with its trailer (24 bits) in one word.</summary>
internal readonly record struct BlockLocation(ulong Word)
{
    private const int LengthBits = 24;

    public long Offset => (long)(Word >> LengthBits);

    public int Length => (int)(Word & ((1 << LengthBits) - 1));

    public long End => Offset + Length;

    public static BlockLocation Of(long offset, int length)
    {
        Invariant.Require(offset >= 0 && offset < 1L << (64 - LengthBits) && length > 0 && length < 1 << LengthBits);
        return new BlockLocation(((ulong)offset << LengthBits) | (uint)length);
    }
}
