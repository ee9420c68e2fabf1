using K4os.Compression.LZ4;

namespace Keystone.Storage.Sst;

/// <summary>How the payload of a block is stored. The numbers are part of the format.</summary>
internal enum Compression : byte
{
    None = 0,
    Lz4 = 1,

    /// <summary>Reserved.</summary>
    Zstd = 2,
}

/// <summary>Packs and unpacks payloads. Unpacking is only asked for bytes whose checksum was right.</summary>
internal static unsafe class BlockCodec
{
    /// <summary>
    /// Packed bytes are kept only when they save at least this fraction (one part in so many): unpacking costs every later read.
    /// </summary>
    private const int WorthwhilePart = 8;

    /// <summary>
    /// Packs into room of <paramref name="sourceLength"/> bytes. Returns the packed length, or 0 when packing is not worth it.
    /// </summary>
    public static int TryPack(byte* source, int sourceLength, byte* target)
    {
        int limit = sourceLength - Math.Max(1, sourceLength / WorthwhilePart);
        int packed = limit <= 0 ? 0 : LZ4Codec.Encode(source, sourceLength, target, limit, LZ4Level.L00_FAST);
        return Math.Max(0, packed);
    }

    /// <summary>Whether the packed bytes gave exactly the bytes that they should.</summary>
    public static bool TryUnpack(Compression codec, byte* source, int sourceLength, byte* target, int targetLength)
    {
        switch (codec)
        {
            case Compression.None:
                if (sourceLength != targetLength)
                {
                    return false;
                }

                new ReadOnlySpan<byte>(source, sourceLength).CopyTo(new Span<byte>(target, targetLength));
                return true;
            case Compression.Lz4:
                return LZ4Codec.Decode(source, sourceLength, target, targetLength) == targetLength;
            default:
                return false;
        }
    }
}
