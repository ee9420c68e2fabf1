using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// Remembers a separator and a location for every data block, and lays the index out when the data are complete: one block, or
/// partitions with a root above them.
/// </summary>
internal sealed unsafe class IndexBuilder(MemoryAccount account, SstOptions options) : IDisposable
{
    private const int StagedFixedBytes = 12;

    private readonly NativeBuffer _staged = new(account, 0);

    public int Count { get; private set; }

    /// <summary>About how many bytes the index will take in the file.</summary>
    public int BytesEstimate => _staged.Length + (Count * 16);

    public void Add(ReadOnlySpan<byte> separator, BlockLocation location)
    {
        byte* entry;
        _staged.EnsureFree(StagedFixedBytes + separator.Length);
        entry = _staged.Pointer + _staged.Length;
        Unsafe.WriteUnaligned(entry, separator.Length);
        Unsafe.WriteUnaligned(entry + 4, location.Word);
        separator.CopyTo(new Span<byte>(entry + StagedFixedBytes, separator.Length));
        _staged.Length += StagedFixedBytes + separator.Length;
        Count++;
    }

    /// <summary>
    /// Hands each finished block to <paramref name="output"/>: partitions in order, then the root, whose location is returned. Uses the
    /// empty builder <paramref name="leaf"/> on the way.
    /// </summary>
    public BlockLocation Finish(BlockOutput output, BlockBuilder leaf, bool oneLevel, out int partitions)
    {
        Invariant.Require(leaf.Count == 0);
        using BlockBuilder? root = oneLevel ? null : new BlockBuilder(account, options.IndexPartitionBytes);
        partitions = 0;
        int first = 0;
        int taken = 0;
        byte* last = null;
        byte* end = _staged.Pointer + _staged.Length;
        for (byte* entry = _staged.Pointer; entry < end; entry += StagedFixedBytes + KeyOf(entry).Length)
        {
            ReadOnlySpan<byte> key = KeyOf(entry);
            int shared = last == null ? 0 : key.CommonPrefixLength(KeyOf(last));
            if (root is not null && leaf.Count > 0 && leaf.BytesWith(shared, key.Length, 0) > options.IndexPartitionBytes)
            {
                CutPartition(output, leaf, root, KeyOf(last), first);
                partitions++;
                first = taken;
            }

            leaf.Add(key, shared, Unsafe.ReadUnaligned<ulong>(entry + 4), default);
            taken++;
            last = entry;
        }

        if (root is null)
        {
            return output.Write(leaf, BlockKind.IndexRoot);
        }

        CutPartition(output, leaf, root, KeyOf(last), first);
        partitions++;
        return output.Write(root, BlockKind.IndexRoot);
    }

    /// <summary>Forgets what was added and frees all memory; the next entry takes it again.</summary>
    public void Rest()
    {
        Count = 0;
        _staged.Dispose();
    }

    public void Dispose() => Rest();

    private void CutPartition(BlockOutput output, BlockBuilder leaf, BlockBuilder root, ReadOnlySpan<byte> separator, int firstBlock)
    {
        BlockLocation location = output.Write(leaf, BlockKind.Index);
        int shared = root.Count == 0 ? 0 : separator.CommonPrefixLength(root.LastKey);
        root.Add(separator, shared, location.Word, new ReadOnlySpan<byte>(&firstBlock, sizeof(int)));
    }

    private static ReadOnlySpan<byte> KeyOf(byte* entry) => new(entry + StagedFixedBytes, Unsafe.ReadUnaligned<int>(entry));
}
