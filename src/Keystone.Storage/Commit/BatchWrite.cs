namespace Keystone.Storage.Commit;

/// <summary>A batch that depends on nothing.</summary>
internal sealed class BatchWrite : IDecidedWrite
{
    private readonly StripeClaim[] _claims;

    public BatchWrite(WriteBatch batch)
    {
        batch.Arrange();
        Batch = batch;
        _claims = new StripeClaim[batch.Parts.Length];
        for (int i = 0; i < _claims.Length; i++)
        {
            _claims[i] = batch.Parts[i].Claim;
        }
    }

    public ReadOnlySpan<StripeClaim> Claims => _claims;

    public WriteBatch Batch { get; }

    public WriteVerdict Decide(Versions.Stripe[] stripes) => WriteVerdict.Write;

    public ValueTask LoadAsync() => ValueTask.CompletedTask;
}
