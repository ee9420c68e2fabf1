using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// What the manifest holds of a file: all that a View needs, so that opening a store reads no file of entries. Immutable.
/// <code>
///  0  u64   file number            48  u64  deletes among them
///  8  u128  file id                56  u64  bytes of keys and values
/// 24  u64   least sequence         64  u64  bytes of the file
/// 32  u64   greatest sequence      72  u16  length of the first key, u16 of the last one, u16 of the footer
/// 40  u64   entries                78       first key, last key, footer
/// </code>
/// The properties block of a file holds the same bytes with the number 0, no footer and no size of the file.
/// </summary>
internal sealed class SstMeta
{
    private const int FixedBytes = 78;

    /// <summary>The local number, which gives the name. Not part of the file's identity.</summary>
    public required long FileNumber { get; init; }

    public required UInt128 FileId { get; init; }

    public required long FileBytes { get; init; }

    public required byte[] FirstKey { get; init; }

    public required byte[] LastKey { get; init; }

    /// <summary>The least sequence of an entry.</summary>
    public required ulong FirstSequence { get; init; }

    /// <summary>The greatest sequence of an entry.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>How many entries there are, deletes included.</summary>
    public required long EntryCount { get; init; }

    public required long DeleteCount { get; init; }

    /// <summary>Bytes of keys and values, before packing.</summary>
    public required long DataBytes { get; init; }

    public required byte[] Footer { get; init; }

    /// <summary>What <see cref="EncodeProperties"/> appends.</summary>
    public static int PropertiesBytes(int firstKeyLength, int lastKeyLength) => FixedBytes + firstKeyLength + lastKeyLength;

    public void Encode(NativeBuffer target) => Encode(target, FileNumber, FileBytes, Footer);

    /// <summary>What the file says of itself.</summary>
    public void EncodeProperties(NativeBuffer target) => Encode(target, fileNumber: 0, fileBytes: 0, footer: []);

    private void Encode(NativeBuffer target, long fileNumber, long fileBytes, ReadOnlySpan<byte> footer)
    {
        Span<byte> bytes = target.Append(FixedBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, fileNumber);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes[8..], FileId);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[32..], LastSequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[40..], EntryCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[48..], DeleteCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[56..], DataBytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[64..], fileBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[72..], (ushort)FirstKey.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[74..], (ushort)LastKey.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[76..], (ushort)footer.Length);
        target.Append(FirstKey);
        target.Append(LastKey);
        target.Append(footer);
    }

    /// <summary>
    /// Reads one and moves the source behind it. Throws Corrupt when the bytes end too early; their checksum is the caller's business.
    /// </summary>
    public static SstMeta Decode(ref ReadOnlySpan<byte> source)
    {
        ReadOnlySpan<byte> bytes = Take(ref source, FixedBytes);
        return new SstMeta
        {
            FileNumber = BinaryPrimitives.ReadInt64LittleEndian(bytes),
            FileId = BinaryPrimitives.ReadUInt128LittleEndian(bytes[8..]),
            FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]),
            LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]),
            EntryCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[40..]),
            DeleteCount = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            DataBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
            FileBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[64..]),
            FirstKey = Take(ref source, BinaryPrimitives.ReadUInt16LittleEndian(bytes[72..])).ToArray(),
            LastKey = Take(ref source, BinaryPrimitives.ReadUInt16LittleEndian(bytes[74..])).ToArray(),
            Footer = Take(ref source, BinaryPrimitives.ReadUInt16LittleEndian(bytes[76..])).ToArray(),
        };
    }

    /// <summary>
    /// What the file itself says, for files that no manifest names. Reads header, footer and properties; throws Corrupt when one is
    /// damaged.
    /// </summary>
    public static SstMeta ReadFrom(IFile file, long fileNumber, MemoryAccount account, DataKey? key = null)
    {
        long length = file.Length();
        if (length < SstFormat.HeaderBytes + SstFormat.FooterBytes)
        {
            throw StoreException.Corrupt(file.Path, 0, $"{length} bytes are too few for a file of entries");
        }

        byte[] footerBytes = new byte[SstFormat.FooterBytes];
        file.ReadExactly(length - SstFormat.FooterBytes, footerBytes);
        SstFooter footer = SstFooter.Decode(footerBytes, file.Path, length - SstFormat.FooterBytes);
        byte[] header = new byte[SstFormat.HeaderBytes];
        file.ReadExactly(0, header);
        if (!SstFormat.IsHeader(header, footer.FileId))
        {
            throw StoreException.Corrupt(file.Path, 0, "the header does not belong to the footer");
        }

        using BlockScratch scratch = new(account);
        using NativeBuffer payload = new(account, footer.Properties.Length);
        BlockIo.Read(file, footer.Properties, scratch.Stored);
        new BlockIo(footer, key).Unpack(
            file.Path, BlockKind.Properties, footer.Properties, scratch.Stored.Written, scratch.Unpacker, payload);
        ReadOnlySpan<byte> properties = payload.Written;
        return Decode(ref properties).With(fileNumber, length, footerBytes);
    }

    /// <summary>The same with what a file cannot say of itself.</summary>
    public SstMeta With(long fileNumber, long fileBytes, byte[] footer) => new()
    {
        FileNumber = fileNumber,
        FileId = FileId,
        FileBytes = fileBytes,
        FirstKey = FirstKey,
        LastKey = LastKey,
        FirstSequence = FirstSequence,
        LastSequence = LastSequence,
        EntryCount = EntryCount,
        DeleteCount = DeleteCount,
        DataBytes = DataBytes,
        Footer = footer,
    };

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> source, int bytes)
    {
        if (source.Length < bytes)
        {
            throw new StoreException(
                StoreErrorCode.Corrupt,
                $"The description of a file of entries ends {bytes - source.Length} bytes too early. Restore from a backup.");
        }

        ReadOnlySpan<byte> taken = source[..bytes];
        source = source[bytes..];
        return taken;
    }
}
