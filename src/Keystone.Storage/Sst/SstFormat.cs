using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Keystone.Storage.Sst;

/// <summary>
/// A file of sorted entries. Enter: entries in order, once (<see cref="SstBuilder"/>). Leave: single entries
/// (<see cref="SstReader"/>) and walks (<see cref="SstCursor"/>). What always holds: a file never changes after it was written;
/// its identity is a random id, never its name or number; nothing read from it is used before its checksum was compared.
/// <code>
/// +--------+--------------------+---------------+------------------+------------+------------+--------+
/// | header | data blocks        | filter blocks | index partitions | index root | properties | footer |
/// | 64 B   | each its own size  | equal sizes   | only above 1 MB  |            |            | 112 B  |
/// +--------+--------------------+---------------+------------------+------------+------------+--------+
///
/// header                                       footer
///  0  u64   magic                               0  u64   magic
///  8  u32   format version                      8  u32   format version
/// 12  u32   0                                  12  u32   number of data blocks
/// 16  u128  file id                            16  u128  file id
/// 32        0                                  32  u32   number of filter blocks
/// 56  u64   checksum of 0 to 55                36  u32   number of filter lines
///                                              40  u32   number of index partitions, 0: the root is the whole index
///                                              44  u32   0
///                                              48  u64   end of the data blocks
///                                              56  u64   offset of the first filter block
///                                              64  u64   location of the index root
///                                              72  u64   location of the properties
///                                              80  u64   bytes of the file
///                                              88        0
///                                             104  u64   checksum of 0 to 103
/// </code>
/// The footer also stands in the manifest: opening a file reads nothing. Blocks are numbered: data blocks first, then filter blocks,
/// then partitions.
/// </summary>
internal static class SstFormat
{
    public const int HeaderBytes = 64;
    public const int FooterBytes = 112;
    public const int KeyBytesMax = StoreLimits.KeyBytesMax;
    public const int ValueBytesMax = 8 << 20;
    public const uint Version = 1;

    /// <summary>What an offset in a <see cref="BlockLocation"/> can say.</summary>
    public const long FileBytesMax = 1L << 40;

    /// <summary>Blocks of a file that have a number. Far above any file, it bounds what describing one takes.</summary>
    public const int BlocksMax = 1 << 26;

    internal const ulong HeaderMagic = 0x54_53_53_2D_4E_4F_54_53;
    internal const ulong FooterMagic = 0x44_4E_45_2D_4E_4F_54_53;

    private const ulong HeaderPart = 0x100;
    private const ulong FooterPart = 0x101;

    /// <summary>
    /// What binds a checksum to its place: file, offset and kind of the part. Parts that are no blocks have kinds of their own.
    /// </summary>
    [SkipLocalsInit]
    public static long Seed(UInt128 fileId, long offset, ulong kind)
    {
        Span<byte> place = stackalloc byte[32];
        BinaryPrimitives.WriteUInt128LittleEndian(place, fileId);
        BinaryPrimitives.WriteInt64LittleEndian(place[16..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(place[24..], kind);
        return (long)XxHash3.HashToUInt64(place);
    }

    public static void WriteHeader(Span<byte> header, UInt128 fileId)
    {
        header[..HeaderBytes].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, HeaderMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt128LittleEndian(header[16..], fileId);
        WriteChecksum(header[..HeaderBytes], fileId, HeaderPart);
    }

    /// <summary>Whether this is the header of the file with this id, in a version that this code reads.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> header, UInt128 fileId)
        => header.Length == HeaderBytes
            && BinaryPrimitives.ReadUInt64LittleEndian(header) == HeaderMagic
            && BinaryPrimitives.ReadUInt32LittleEndian(header[8..]) == Version
            && BinaryPrimitives.ReadUInt128LittleEndian(header[16..]) == fileId
            && HasChecksum(header, fileId, HeaderPart);

    internal static void WriteFooterChecksum(Span<byte> footer, UInt128 fileId) => WriteChecksum(footer, fileId, FooterPart);

    internal static bool HasFooterChecksum(ReadOnlySpan<byte> footer, UInt128 fileId) => HasChecksum(footer, fileId, FooterPart);

    private static void WriteChecksum(Span<byte> part, UInt128 fileId, ulong kind)
        => BinaryPrimitives.WriteUInt64LittleEndian(part[^8..], XxHash3.HashToUInt64(part[..^8], Seed(fileId, 0, kind)));

    private static bool HasChecksum(ReadOnlySpan<byte> part, UInt128 fileId, ulong kind)
        => BinaryPrimitives.ReadUInt64LittleEndian(part[^8..]) == XxHash3.HashToUInt64(part[..^8], Seed(fileId, 0, kind));
}
