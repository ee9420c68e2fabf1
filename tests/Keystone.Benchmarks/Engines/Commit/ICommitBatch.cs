namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>
/// The records of one group, in the form in which a peer takes them. Filled by callers under the committer's gate, then written by its
/// thread alone.
/// </summary>
internal interface ICommitBatch : IDisposable
{
    /// <summary>Copies the record: key and value are the caller's again when the call returns.</summary>
    void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>Writes all records, as one where the peer can, returns when they are on the medium, and is empty afterwards.</summary>
    void Commit();
}
