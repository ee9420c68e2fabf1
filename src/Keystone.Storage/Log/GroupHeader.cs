using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.CompilerServices;

namespace Keystone.Storage.Log;

/// <summary>Which log a group belongs to. Part of the checksum's seed.</summary>
internal enum GroupKind : byte
{
    Commit = 1,
    Manifest = 2,
}

/// <summary>
/// The frame of everything that is logged. A group is the unit of the log: one header, one body, one checksum over both; it is
/// there as a whole or not at all. The commit log and the manifest log are both sequences of groups.
/// <code>
///  0        8      12 13 14   16        32          40        48      52      56               64
/// +--------+------+--+--+----+---------+-----------+---------+-------+-------+----------------+------
/// |checksum|magic |k |v |flag|store id |generation |number   |offset |length |durable-through | body
/// +--------+------+--+--+----+---------+-----------+---------+-------+-------+----------------+------
/// k kind   v version of the format   offset in units of 64 bytes   length of the body in bytes
/// </code>
/// All numbers are little-endian. Groups start at multiples of 64 bytes; the space up to the next multiple is written as zeros and
/// never read, so no checksum covers it, and damage to it changes no answer. Numbers are dense over all segments of a log.
/// <c>durable-through</c> is the number of the last group that was known to be synced when this one was written: it lets replay tell a
/// torn tail (nobody was told) from damage (somebody was). The checksum is XxHash3-64 of everything behind it, seeded with store id,
/// generation and kind, so that a group of another store, of an earlier use of the segment, or at another place is not a group. Flag
/// bit 0: the body is sealed (<see cref="SealedBody"/>). Bit 1: it carries the wrapped key with which it is sealed.
/// </summary>
internal readonly record struct GroupHeader
{
    public const int Bytes = 64;
    public const int Alignment = 64;
    public const byte FormatVersion = 1;

    private const ushort SealedFlag = 1;
    private const ushort KeyFlag = 2;
    private const uint Magic = 0x4752_534B; // "KSRG" in the file

    public required GroupKind Kind { get; init; }

    public required UInt128 StoreId { get; init; }

    /// <summary>Which use of the segment's bytes this is; grows with every use of any segment.</summary>
    public required ulong Generation { get; init; }

    /// <summary>The number of the group, from 1.</summary>
    public required ulong Number { get; init; }

    /// <summary>Where in its file the header starts.</summary>
    public required long OffsetBytes { get; init; }

    public required int BodyBytes { get; init; }

    public required ulong DurableThrough { get; init; }

    public bool IsSealed { get; init; }

    public bool CarriesKey { get; init; }

    /// <summary>Where the next group starts.</summary>
    public long EndBytes => OffsetBytes + SizeInFile(BodyBytes);

    /// <summary>Header, body and padding.</summary>
    public static int SizeInFile(int bodyBytes) => checked((Bytes + bodyBytes + Alignment - 1) / Alignment * Alignment);

    /// <summary>Writes the header in front of the body. <paramref name="group"/> is header and body together, without padding.</summary>
    public void Seal(Span<byte> group)
    {
        WriteFields(group);
        WriteChecksum(group);
    }

    /// <summary>Writes all of the header but the checksum.</summary>
    public void WriteFields(Span<byte> group)
    {
        Invariant.Require(group.Length == Bytes + BodyBytes && OffsetBytes % Alignment == 0);
        BinaryPrimitives.WriteUInt32LittleEndian(group[8..], Magic);
        group[12] = (byte)Kind;
        group[13] = FormatVersion;
        int flags = (IsSealed ? SealedFlag : 0) | (CarriesKey ? KeyFlag : 0);
        BinaryPrimitives.WriteUInt16LittleEndian(group[14..], (ushort)flags);
        BinaryPrimitives.WriteUInt128LittleEndian(group[16..], StoreId);
        BinaryPrimitives.WriteUInt64LittleEndian(group[32..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(group[40..], Number);
        BinaryPrimitives.WriteUInt32LittleEndian(group[48..], checked((uint)(OffsetBytes / Alignment)));
        BinaryPrimitives.WriteInt32LittleEndian(group[52..], BodyBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(group[56..], DurableThrough);
    }

    /// <summary>The last that is written: it covers header and body as they will stand in the file.</summary>
    public void WriteChecksum(Span<byte> group)
        => BinaryPrimitives.WriteUInt64LittleEndian(group, Checksum(group[8..], StoreId, Generation, Kind));

    /// <summary>
    /// Reads a header that claims to stand at <paramref name="offset"/> of a file of this store, generation and kind. The claim of
    /// its body is not checked here, only that the length could be true.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryRead(
        ReadOnlySpan<byte> source, UInt128 storeId, ulong generation, GroupKind kind, long offset, long fileBytes, out GroupHeader header)
    {
        header = default;
        if (source.Length < Bytes
            || BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) != Magic
            || source[12] != (byte)kind
            || BinaryPrimitives.ReadUInt64LittleEndian(source[32..]) != generation
            || BinaryPrimitives.ReadUInt128LittleEndian(source[16..]) != storeId
            || BinaryPrimitives.ReadUInt32LittleEndian(source[48..]) * (long)Alignment != offset)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(source[52..]);
        if (length < 0 || length > fileBytes - offset - Bytes)
        {
            return false;
        }

        int flags = BinaryPrimitives.ReadUInt16LittleEndian(source[14..]);
        header = new GroupHeader
        {
            IsSealed = (flags & SealedFlag) != 0,
            CarriesKey = (flags & KeyFlag) != 0,
            Kind = kind,
            StoreId = storeId,
            Generation = generation,
            Number = BinaryPrimitives.ReadUInt64LittleEndian(source[40..]),
            OffsetBytes = offset,
            BodyBytes = length,
            DurableThrough = BinaryPrimitives.ReadUInt64LittleEndian(source[56..]),
        };
        return true;
    }

    /// <summary>
    /// Of which store, and of which use of a file, a header says that it is: for those who have nothing else to tell it by. Nothing is
    /// compared but the magic number.
    /// </summary>
    public static bool TryReadOwner(ReadOnlySpan<byte> source, out UInt128 storeId, out ulong generation)
    {
        bool isHeader = source.Length >= Bytes && BinaryPrimitives.ReadUInt32LittleEndian(source[8..]) == Magic;
        storeId = isHeader ? BinaryPrimitives.ReadUInt128LittleEndian(source[16..]) : UInt128.Zero;
        generation = isHeader ? BinaryPrimitives.ReadUInt64LittleEndian(source[32..]) : 0;
        return isHeader;
    }

    /// <summary>Whether header and body are what was sealed.</summary>
    public bool Matches(ReadOnlySpan<byte> group)
        => BinaryPrimitives.ReadUInt64LittleEndian(group) == Checksum(group[8..(Bytes + BodyBytes)], StoreId, Generation, Kind);

    /// <summary>
    /// The version byte of a group that matches; it is read only then, so that a flipped byte is damage and not another version.
    /// </summary>
    public static byte VersionOf(ReadOnlySpan<byte> group) => group[13];

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static ulong Checksum(ReadOnlySpan<byte> bytes, UInt128 storeId, ulong generation, GroupKind kind)
    {
        ulong seed = (ulong)storeId ^ (ulong)(storeId >> 64) ^ (generation * 0x9E37_79B9_7F4A_7C15) ^ ((ulong)kind << 56);
        return XxHash3.HashToUInt64(bytes, (long)seed);
    }
}
