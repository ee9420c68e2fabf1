using Keystone.Benchmarks.Data;

namespace Keystone.Benchmarks.Engines;

/// <summary>
/// An open store under measurement. Everything that enters and leaves is a span of the caller's, so the harness allocates
/// nothing for an operation and what is counted is the engine's own. All members but <see cref="IDisposable.Dispose"/>
/// may be called from several threads at once, unless said. An engine that fails throws: a figure with errors in it is none.
/// </summary>
internal interface IBenchEngine : IDisposable
{
    /// <summary>Whether <see cref="PutDurableAsync"/> blocks its caller, so that as many threads are needed as puts in flight.</summary>
    bool DurablePutBlocks { get; }

    /// <summary>How many ascending runs a full scan may consist of: 1, or the count of stripes.</summary>
    int FullScanRuns { get; }

    /// <summary>Whether the engine can write several records as one. Where it cannot, <see cref="PutBatch"/> throws and says why.</summary>
    bool HasBatches => true;

    /// <summary>Whether records can be read again. False of a mere limit, which is measured beside the engines and is none.</summary>
    bool KeepsRecords => true;

    /// <summary>Writes without sync. Has reached write() when it returns: a killed process loses nothing.</summary>
    void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Writes all records of the batch as one, without sync, by the promise of <see cref="Put"/>.</summary>
    /// <exception cref="EngineLacksException">The engine has no such thing.</exception>
    void PutBatch(RecordBatch batch);

    /// <summary>Puts the records of the batch in the way that fills a store fastest, by the promise of <see cref="Put"/>.</summary>
    void Load(RecordBatch batch) => PutBatch(batch);

    /// <summary>Completes when the record is on the medium. Key and value are the caller's again when the call returns.</summary>
    ValueTask PutDurableAsync(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Copies the value and returns its length, or -1 when the key does not exist.</summary>
    int Get(ReadOnlySpan<byte> key, Span<byte> destination);

    /// <summary>Gives up to <paramref name="count"/> records from the first key at or after <paramref name="from"/>.</summary>
    void Scan(ReadOnlySpan<byte> from, int count, ScanSink sink);

    /// <summary>Gives every record once.</summary>
    void ScanAll(ScanSink sink);

    /// <summary>Flushes what is in memory and waits until no background work is left. No other call runs beside it.</summary>
    void Settle();

    /// <summary>Brings a settled store into the state in which it reads best. No other call runs beside it.</summary>
    void Compact();

    /// <summary>One line of what the engine knows about itself: files, levels, cache. For the log, never parsed.</summary>
    string Describe();
}
