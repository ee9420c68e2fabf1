using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>A batch that depends on nothing. Kept by its batch, so that one that is used again allocates nothing.</summary>
internal sealed class BatchWrite(WriteBatch batch) : IDecidedWrite
{
    private StripeClaim[] _claims = [];

    public ReadOnlySpan<StripeClaim> Claims => _claims.AsSpan(0, batch.Parts.Length);

    public WriteBatch Batch => batch;

    /// <summary>Arranges the batch and notes which writers it needs. Before every write.</summary>
    public void Prepare()
    {
        batch.Arrange();
        ReadOnlySpan<WriteBatch.Part> parts = batch.Parts;
        if (_claims.Length < parts.Length)
        {
            _claims = new StripeClaim[parts.Length];
        }

        for (int i = 0; i < parts.Length; i++)
        {
            _claims[i] = parts[i].Claim;
        }
    }

    public WriteVerdict Decide(Stripe[] stripes) => WriteVerdict.Write;

    public ValueTask LoadAsync() => ValueTask.CompletedTask;
}
