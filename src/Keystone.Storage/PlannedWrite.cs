using Keystone.Storage.Commit;
using Keystone.Storage.Reading;
using Keystone.Storage.Versions;

namespace Keystone.Storage;

/// <summary>
/// Runs a caller's plan in the pipeline: reads its keys under the writers, lets it decide, loads from disk what was missing.
/// </summary>
internal sealed class PlannedWrite : IDecidedWrite
{
    private readonly IWritePlan _plan;
    private readonly Stripe[] _stripes;
    private readonly BlockingReads _blocking;
    private readonly Action<WriteBatch> _check;
    private readonly StripeClaim[] _claims;
    private readonly PlanReads _reads = new();

    public PlannedWrite(IWritePlan plan, Stripe[] stripes, BlockingReads blocking, Action<WriteBatch> check)
    {
        _plan = plan;
        _stripes = stripes;
        _blocking = blocking;
        _check = check;
        _reads.Prepare(plan.ReadCount);
        _claims = DistinctClaims(plan);
    }

    public ReadOnlySpan<StripeClaim> Claims => _claims;

    public WriteBatch Batch { get; } = new();

    public WriteVerdict Decide(Stripe[] stripes)
    {
        bool isComplete = true;
        _reads.Begin(stripes);
        for (int read = 0; read < _reads.Count; read++)
        {
            isComplete &= _reads.TryRead(read, stripes[_plan.ClaimAt(read).Stripe].CurrentView, _plan.KeyAt(read));
        }

        if (!isComplete)
        {
            return WriteVerdict.NeedsLoad;
        }

        Batch.Clear();
        if (!_plan.Decide(_reads, Batch))
        {
            return WriteVerdict.Refuse;
        }

        Batch.Arrange();
        _check(Batch);
        foreach (WriteBatch.Part part in Batch.Parts)
        {
            Invariant.Require(Array.IndexOf(_claims, part.Claim) >= 0);
        }

        return WriteVerdict.Write;
    }

    public ValueTask LoadAsync() => _blocking.RunAsync(static state => ((PlannedWrite)state).Load(), this);

    public void Release() => _reads.Clear();

    private void Load() => _reads.Fetch(_plan, stripe => _stripes[stripe]);

    private static StripeClaim[] DistinctClaims(IWritePlan plan)
    {
        if (plan.ReadCount == 1 && plan.OtherClaims.IsEmpty)
        {
            return [plan.ClaimAt(0)];
        }

        SortedDictionary<int, StripeClaim> claims = [];
        for (int read = 0; read < plan.ReadCount; read++)
        {
            Add(claims, plan.ClaimAt(read));
        }

        foreach (StripeClaim claim in plan.OtherClaims)
        {
            Add(claims, claim);
        }

        return [.. claims.Values];
    }

    private static void Add(SortedDictionary<int, StripeClaim> claims, StripeClaim claim)
    {
        if (claims.TryGetValue(claim.Stripe, out StripeClaim other) && other != claim)
        {
            throw WriteBatch.TwoEpochs(other, claim);
        }

        claims[claim.Stripe] = claim;
    }
}
