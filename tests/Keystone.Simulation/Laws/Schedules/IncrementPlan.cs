using Keystone.Storage;

namespace Keystone.Simulation.Laws.Schedules;

/// <summary>Adds one to a one-byte number.</summary>
internal sealed class IncrementPlan(StripeClaim claim, byte[] key) : IWritePlan
{
    public int ReadCount => 1;

    public StripeClaim ClaimAt(int read) => claim;

    public ReadOnlySpan<byte> KeyAt(int read) => key;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        byte next = (byte)(reads.TryGet(0, out ReadOnlySpan<byte> value, out _) ? value[0] + 1 : 1);
        batch.Put(claim, key, [next]);
        return true;
    }
}
