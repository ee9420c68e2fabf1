using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>Where the parts of a file stand, as <see cref="SstFormat"/> draws it.</summary>
internal readonly record struct SstFooter
{
    public UInt128 FileId { get; init; }

    public int DataBlocks { get; init; }

    public int FilterBlocks { get; init; }

    public int FilterLines { get; init; }

    public int IndexPartitions { get; init; }

    /// <summary>Where the last data block ends.</summary>
    public long DataEnd { get; init; }

    public long FilterOffset { get; init; }

    public BlockLocation Root { get; init; }

    public BlockLocation Properties { get; init; }

    public long FileBytes { get; init; }

    /// <summary>How many blocks have a number: all but root and properties.</summary>
    public int NumberedBlocks => DataBlocks + FilterBlocks + IndexPartitions;

    public int FirstFilter => DataBlocks;

    public int FirstPartition => DataBlocks + FilterBlocks;

    /// <summary>
    /// Whether all that it says can be true of one file: a checksum is right of whatever was written under it, and arithmetic trusts this.
    /// </summary>
    private bool IsPossible
        => DataBlocks > 0
            && FilterLines >= 0
            && FilterBlocks == (FilterLines + (long)SplitBlockFilter.LinesPerBlock - 1) / SplitBlockFilter.LinesPerBlock
            && IndexPartitions >= 0
            && (long)DataBlocks + FilterBlocks + IndexPartitions <= SstFormat.BlocksMax
            && FileBytes is > 0 and <= SstFormat.FileBytesMax
            && DataEnd is >= SstFormat.HeaderBytes and < SstFormat.FileBytesMax
            && FilterOffset is >= SstFormat.HeaderBytes and < SstFormat.FileBytesMax
            && FilterOffset + FilterBytes <= BlocksEnd
            && DataEnd <= BlocksEnd
            && IsBlock(Root, BlocksEnd)
            && IsBlock(Properties, BlocksEnd);

    private long FilterBytes => ((long)FilterLines * SplitBlockFilter.LineBytes) + ((long)FilterBlocks * BlockFormat.TrailerBytes);

    private long BlocksEnd => FileBytes - SstFormat.FooterBytes;

    /// <summary>
    /// Whether a block of the index that is well formed names blocks that this file can have. A search follows what it names without
    /// looking again.
    /// </summary>
    public unsafe bool IsIndex(BlockKind kind, in BlockReader index)
    {
        bool isRoot = kind == BlockKind.IndexRoot;
        bool namesData = !isRoot || IndexPartitions == 0;
        int countMax = namesData ? DataBlocks : IndexPartitions;
        if (isRoot ? index.Count != countMax : index.Count > countMax)
        {
            return false;
        }

        long end = namesData ? DataEnd : BlocksEnd;
        int before = -1;
        for (int i = 0; i < index.Count; i++)
        {
            if (!IsBlock(new BlockLocation(index.Stamp(i)), end))
            {
                return false;
            }

            if (!namesData)
            {
                byte* value = index.Value(i, out int length);
                int first = length == sizeof(int) ? Unsafe.ReadUnaligned<int>(value) : -1;
                if (first <= before || first >= DataBlocks || (i == 0 && first != 0))
                {
                    return false;
                }

                before = first;
            }
        }

        return true;
    }

    private static bool IsBlock(BlockLocation location, long end)
        => location.Offset >= SstFormat.HeaderBytes && location.Length > BlockFormat.TrailerBytes && location.End <= end;

    /// <summary>Filter blocks are never packed and, but for the last, of one size, so that their places need no index.</summary>
    public BlockLocation FilterLocation(int index)
    {
        const int full = (SplitBlockFilter.LinesPerBlock * SplitBlockFilter.LineBytes) + BlockFormat.TrailerBytes;
        int lines = Math.Min(SplitBlockFilter.LinesPerBlock, FilterLines - (index * SplitBlockFilter.LinesPerBlock));
        return BlockLocation.Of(FilterOffset + ((long)index * full), (lines * SplitBlockFilter.LineBytes) + BlockFormat.TrailerBytes);
    }

    /// <summary>Fills <see cref="SstFormat.FooterBytes"/> bytes, which come as zeros.</summary>
    public void Encode(byte[] bytes)
    {
        Invariant.Require(IsPossible && bytes.Length == SstFormat.FooterBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, SstFormat.FooterMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), SstFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), DataBlocks);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(16), FileId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), FilterBlocks);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(36), FilterLines);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), IndexPartitions);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), DataEnd);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(56), FilterOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(64), Root.Word);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), Properties.Word);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(80), FileBytes);
        SstFormat.WriteFooterChecksum(bytes, FileId);
    }

    /// <summary>The footer that a description holds. Throws Corrupt when it is not that of a file.</summary>
    public static SstFooter Decode(SstMeta meta)
        => Decode(meta.Footer, file: null, meta.FileBytes - SstFormat.FooterBytes, meta.FileNumber);

    /// <summary>Reads a footer. Throws Corrupt, naming <paramref name="file"/>, when it is not the one that was written.</summary>
    public static SstFooter Decode(ReadOnlySpan<byte> bytes, string file, long offset) => Decode(bytes, file, offset, fileNumber: 0);

    /// <summary>The name of the file is made only when something is wrong with it.</summary>
    private static SstFooter Decode(ReadOnlySpan<byte> bytes, string? file, long offset, long fileNumber)
    {
        if (bytes.Length != SstFormat.FooterBytes || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != SstFormat.FooterMagic)
        {
            throw StoreException.Corrupt(file ?? FileNames.Sst(fileNumber), offset, "there is no footer");
        }

        UInt128 fileId = BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]);
        if (!SstFormat.HasFooterChecksum(bytes, fileId))
        {
            throw StoreException.Corrupt(file ?? FileNames.Sst(fileNumber), offset, "the footer's checksum does not match");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != SstFormat.Version)
        {
            throw new StoreException(
                StoreErrorCode.NewerFormat,
                $"{file ?? FileNames.Sst(fileNumber)} has format {version}; this version reads {SstFormat.Version}. Use a newer version.");
        }

        SstFooter footer = new()
        {
            FileId = fileId,
            DataBlocks = BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]),
            FilterBlocks = BinaryPrimitives.ReadInt32LittleEndian(bytes[32..]),
            FilterLines = BinaryPrimitives.ReadInt32LittleEndian(bytes[36..]),
            IndexPartitions = BinaryPrimitives.ReadInt32LittleEndian(bytes[40..]),
            DataEnd = BinaryPrimitives.ReadInt64LittleEndian(bytes[48..]),
            FilterOffset = BinaryPrimitives.ReadInt64LittleEndian(bytes[56..]),
            Root = new BlockLocation(BinaryPrimitives.ReadUInt64LittleEndian(bytes[64..])),
            Properties = new BlockLocation(BinaryPrimitives.ReadUInt64LittleEndian(bytes[72..])),
            FileBytes = BinaryPrimitives.ReadInt64LittleEndian(bytes[80..]),
        };
        return footer.IsPossible
            ? footer
            : throw StoreException.Corrupt(file ?? FileNames.Sst(fileNumber), offset, "the footer contradicts itself");
    }
}
