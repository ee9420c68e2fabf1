using Keystone.Benchmarks.Data;
using Keystone.Benchmarks.Workloads;
using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Benchmarks.Engines.Own;

/// <summary>
/// The storage engine of this project with its 256 stripes, all of them claimed and served. Records of one partition share a stripe, as
/// they do in a table; a full scan goes stripe by stripe. Two background threads: one flushes, one compacts.
/// </summary>
internal sealed class KeystoneEngine : IBenchEngine
{
    private const int Stripes = 256;
    private const int BlockBytes = 8192;
    private const ulong Epoch = 1;

    [ThreadStatic]
    private static WriteBatch? _threadBatch;

    private readonly ThreadJobHost _jobs = new();
    private readonly StorageEngine _engine;

    public KeystoneEngine(EngineSettings settings)
    {
        var options = new StoreOptions
        {
            JobHost = _jobs,
            StripeCount = Stripes,
            WriteBufferBytesMax = EngineSettings.WriteBufferBytes,
            BlockCacheBytes = EngineSettings.CacheBytes,
            BlockBytes = BlockBytes,
            FilterBitsPerKey = EngineSettings.FilterBitsPerKey,
            CompactionThreads = EngineSettings.BackgroundThreads - 1,
        };
        bool exists = File.Exists(Path.Combine(settings.Directory, FileNames.Identity));
        _engine = exists ? StorageEngine.Open(settings.Directory, options) : StorageEngine.Create(settings.Directory, options);
        Wait(ServeAllAsync().AsTask());
    }

    public bool DurablePutBlocks => false;

    public int FullScanRuns => Stripes;

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        RequireCommitted(Wait(_engine.PutAsync(ClaimOf(key), key, value, WriteDurability.Buffered)));

    public void PutBatch(RecordBatch batch)
    {
        WriteBatch native = _threadBatch ??= new WriteBatch();
        native.Clear();
        for (int i = 0; i < batch.Count; i++)
        {
            ReadOnlySpan<byte> key = batch.Key(i);
            native.Put(ClaimOf(key), key, batch.Value(i));
        }

        RequireCommitted(Wait(_engine.WriteAsync(native, WriteDurability.Buffered)));
    }

    public ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        DurablePut.Await(_engine.PutAsync(ClaimOf(key), key, value));

    public int Get(ReadOnlySpan<byte> key, Span<byte> destination)
    {
        StripeClaim claim = ClaimOf(key);
        ReadResult result = _engine.TryGet(claim, key, destination);
        if (result.Status == ReadStatus.NeedsDisk)
        {
            result = _engine.Get(claim, key, destination);
        }

        BenchmarkException.Require(
            result.Status is ReadStatus.Found or ReadStatus.NotFound, "The engine did not answer a read.");
        return result.Status == ReadStatus.Found ? result.ValueBytes : -1;
    }

    public void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink)
    {
        using StripeIterator iterator = Iterate(ClaimOf(from), from);
        Drain(iterator, count, sink);
    }

    public void ScanAll(ScanSink sink)
    {
        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            using StripeIterator iterator = Iterate(new StripeClaim(stripe, Epoch), from: default);
            Drain(iterator, int.MaxValue, sink);
        }
    }

    public void Settle() => Wait(_engine.SettleAsync());

    public void Compact() => Wait(_engine.CompactAsync());

    public string Describe()
    {
        StoreStatistics figures = _engine.Statistics();
        return $"files by level: {string.Join(' ', figures.FilesByLevel)}, {figures.BytesByLevel.Sum() >> 20} MiB, " +
            $"cache {figures.BlockCacheBytes >> 20} MiB, {figures.Flushes} flushes, {figures.Compactions} compactions, "
            + $"{figures.StalledWrites} stalls";
    }

    public void Dispose()
    {
        Wait(_engine.DisposeAsync().AsTask());
        Wait(_jobs.DisposeAsync().AsTask());
    }

    internal static void RequireCommitted(WriteResult result)
    {
        if (result.Status != WriteStatus.Committed)
        {
            throw new BenchmarkException($"The engine answered a put with {result.Status}.");
        }
    }

    private static StripeClaim ClaimOf(ReadOnlySpan<byte> key) => new(RecordShape.StripeOf(key, Stripes), Epoch);

    private static void Drain(StripeIterator iterator, int count, ScanSink sink)
    {
        IteratorState state = iterator.SeekFirst();
        while (state == IteratorState.NeedsDisk)
        {
            iterator.Load();
            state = iterator.SeekFirst();
        }

        while (state == IteratorState.Entry)
        {
            sink.Add(iterator.Key, iterator.Value);
            if (--count == 0)
            {
                return;
            }

            state = iterator.Next();
            while (state == IteratorState.NeedsDisk)
            {
                iterator.Load();
                state = iterator.Next();
            }
        }
    }

    /// <summary>
    /// A buffered write is complete already unless it met another writer or a stall; then its caller has to block, as in a peer.
    /// </summary>
    private static WriteResult Wait(ValueTask<WriteResult> write) =>
        write.IsCompletedSuccessfully ? write.Result : write.AsTask().GetAwaiter().GetResult();

    private static void Wait(Task task) => task.GetAwaiter().GetResult();

    private StripeIterator Iterate(StripeClaim claim, ReadOnlySpan<byte> from) =>
        _engine.OpenIterator(claim, from) ?? throw new BenchmarkException($"Stripe {claim.Stripe} is not served.");

    private async ValueTask ServeAllAsync()
    {
        StripeClaim[] claims = [.. Enumerable.Range(0, Stripes).Select(static stripe => new StripeClaim(stripe, Epoch))];
        await _engine.ClaimAsync(claims).ConfigureAwait(false);
        foreach (StripeClaim claim in claims)
        {
            BenchmarkException.Require(_engine.TryServe(claim), $"Stripe {claim.Stripe} cannot be served.");
        }
    }
}
