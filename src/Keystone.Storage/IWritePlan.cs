namespace Keystone.Storage;

/// <summary>
/// A write that depends on what is there. The plan names the keys it wants to know; the engine reads their newest versions, published or
/// not, and lets it decide under the writers of their stripes, so that nothing comes between the look and the write.
/// </summary>
public interface IWritePlan
{
    /// <summary>How many keys the plan looks at. At least one.</summary>
    int ReadCount { get; }

    /// <summary>
    /// The stripe of a key, and the epoch under which the caller acts. Only stripes named here and in <see cref="OtherClaims"/> may be
    /// written.
    /// </summary>
    StripeClaim ClaimAt(int read);

    /// <summary>A key to look at. Must not change while the write is under way.</summary>
    ReadOnlySpan<byte> KeyAt(int read);

    /// <summary>Stripes that may be written although no key of them is looked at. Must not change while the write is under way.</summary>
    ReadOnlySpan<StripeClaim> OtherClaims => default;

    /// <summary>
    /// Decides: fills the batch and returns true, or returns false to refuse. Runs under the writers: it must be short, must not block
    /// and must not call the engine. It may run more than once before one run counts; the batch is empty at the start of each.
    /// </summary>
    bool Decide(PlanReads reads, WriteBatch batch);
}
