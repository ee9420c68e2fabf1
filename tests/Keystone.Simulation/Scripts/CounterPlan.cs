using Keystone.Storage;

namespace Keystone.Simulation.Scripts;

/// <summary>Adds one to a one-byte counter, and refuses beyond its limit.</summary>
internal sealed class CounterPlan(StripeClaim claim, byte[] key) : IWritePlan
{
    public const byte Limit = 3;

    public int ReadCount => 1;

    public StripeClaim ClaimAt(int read) => claim;

    public ReadOnlySpan<byte> KeyAt(int read) => key;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        byte next = (byte)(reads.TryGet(0, out ReadOnlySpan<byte> value, out _) ? value[0] + 1 : 1);
        if (next > Limit)
        {
            return false;
        }

        batch.Put(claim, key, [next]);
        return true;
    }
}
