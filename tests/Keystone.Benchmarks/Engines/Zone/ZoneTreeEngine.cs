using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Engines.Commit;
using ZoneTree;
using ZoneTree.Options;

namespace Keystone.Benchmarks.Engines.Zone;

/// <summary>
/// ZoneTree over bytes with its maintainer. It keeps keys and values as managed objects, so each put makes one array that holds both,
/// as every user of it has to. Its sync blocks the thread that asks for it, so durable puts go through the committer, as with the others.
/// </summary>
internal sealed class ZoneTreeEngine : IBenchEngine
{
    private const int WriteBuffers = 3;

    /// <summary>What a record costs in memory beside its bytes: the array's header, two references into it, its place in a node.</summary>
    private const int RecordOverheadBytes = 64;

    /// <summary>The smallest that its options allow: a random read unpacks a whole block.</summary>
    private const int BlockBytes = 1 << 20;
    private const int SparseStep = 64;

    [ThreadStatic]
    private static byte[]? _threadKey;

    private readonly IZoneTree<Memory<byte>, Memory<byte>> _tree;
    private readonly IMaintainer _maintainer;
    private readonly GroupCommitter _committer;

    public ZoneTreeEngine(EngineSettings settings)
    {
        long recordBytes = RecordShape.KeyBytes + settings.ValueBytes + RecordOverheadBytes;
        _tree = new ZoneTreeFactory<Memory<byte>, Memory<byte>>()
            .SetDataDirectory(settings.Directory)
            .SetMutableSegmentMaxItemCount((int)(EngineSettings.WriteBufferBytes / WriteBuffers / recordBytes))
            .SetMutableSegmentBloomFilterBitsPerItem(EngineSettings.FilterBitsPerKey)
            .ConfigureWriteAheadLogOptions(static log => log.WriteAheadLogMode = WriteAheadLogMode.Sync)
            .ConfigureDiskSegmentOptions(static disk =>
            {
                disk.CompressionMethod = CompressionMethod.LZ4;
                disk.CompressionLevel = CompressionLevels.LZ4Fastest;
                disk.CompressionBlockSize = BlockBytes;
                disk.DefaultSparseArrayStepSize = SparseStep;
            })
            .OpenOrCreate();
        _maintainer = _tree.CreateMaintainer();
        _committer = new GroupCommitter(() => new PutList(CommitDurable));
    }

    public bool DurablePutBlocks => false;

    public bool HasBatches => false;

    public int FullScanRuns => 1;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte[] record = new byte[key.Length + value.Length];
        key.CopyTo(record);
        value.CopyTo(record.AsSpan(key.Length));
        _tree.Upsert(record.AsMemory(0, key.Length), record.AsMemory(key.Length));
    }

    public void PutBatch(RecordBatch batch) =>
        throw new EngineLacksException("a plain ZoneTree writes one record at a time; several as one need its transactional tree");

    public void Load(RecordBatch batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            Put(batch.Key(i), batch.Value(i));
        }
    }

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => _committer.PutAsync(key, value);

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        if (!_tree.TryGet(Lend(key), out Memory<byte> value))
        {
            return -1;
        }

        value.Span.CopyTo(destination);
        return value.Length;
    }

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink)
    {
        using IZoneTreeIterator<Memory<byte>, Memory<byte>> iterator = Iterate();
        iterator.Seek(Lend(from));
        for (int left = count; left > 0 && iterator.Next(); left--)
        {
            sink.Add(iterator.CurrentKey.Span, iterator.CurrentValue.Span);
        }
    }

    public void ScanAll(ScanSink sink)
    {
        using IZoneTreeIterator<Memory<byte>, Memory<byte>> iterator = Iterate();
        while (iterator.Next())
        {
            sink.Add(iterator.CurrentKey.Span, iterator.CurrentValue.Span);
        }
    }

    public void Settle()
    {
        _maintainer.EvictToDisk();
        _maintainer.WaitForBackgroundThreads();
    }

    public void Compact()
    {
        _maintainer.StartBottomSegmentsMerge();
        _maintainer.WaitForBackgroundThreads();
    }

    public string Describe() =>
        $"{_tree.Maintenance.InMemoryRecordCount} records in memory, {_tree.Maintenance.DiskSegment.Length} in the disk segment, " +
        $"{_tree.Maintenance.BottomSegments.Count} bottom segments";

    public void Dispose()
    {
        _committer.Dispose();
        _maintainer.WaitForBackgroundThreads();
        _maintainer.Dispose();
        _tree.Dispose();
    }

    /// <summary>The key of a lookup, which the tree does not keep.</summary>
    private static Memory<byte> Lend(ReadOnlySpan<byte> key)
    {
        byte[] lent = _threadKey?.Length == key.Length ? _threadKey : _threadKey = new byte[key.Length];
        key.CopyTo(lent);
        return lent;
    }

    /// <summary>The records become visible one by one and durable together.</summary>
    private void CommitDurable(PutList puts)
    {
        for (int i = 0; i < puts.Count; i++)
        {
            Put(puts.Key(i), puts.Value(i));
        }

        _tree.SyncWALAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>What it reads stays in the cache, as its documentation advises for data that are read again.</summary>
    private IZoneTreeIterator<Memory<byte>, Memory<byte>> Iterate() =>
        _tree.CreateIterator(IteratorType.NoRefresh, includeDeletedRecords: false, contributeToTheBlockCache: true);
}
