using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>An arranged batch that depends on nothing.</summary>
internal sealed class BatchWrite(WriteBatch batch) : IDecidedWrite
{
    /// <summary>The next one in the pipeline's pool of those for single operations.</summary>
    public BatchWrite? NextFree { get; set; }

    public ReadOnlySpan<StripeClaim> Claims => batch.Claims;

    public WriteBatch Batch => batch;

    public WriteVerdict Decide(Stripe[] stripes) => WriteVerdict.Write;

    public ValueTask LoadAsync() => ValueTask.CompletedTask;
}
