using Keystone.Simulation.Scripts;
using Keystone.Storage;

namespace Keystone.Simulation.Laws.Model;

/// <summary>Writes its changes if every key that it looks at holds what was expected (null: nothing).</summary>
internal sealed class ConditionPlan(
    IReadOnlyList<(int Stripe, byte[] Key, byte[]? Expected)> conditions, IReadOnlyList<Change> changes) : IWritePlan
{
    public int ReadCount => conditions.Count;

    public StripeClaim ClaimAt(int read) => new(conditions[read].Stripe, 1);

    public ReadOnlySpan<byte> KeyAt(int read) => conditions[read].Key;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        for (int read = 0; read < conditions.Count; read++)
        {
            bool isFound = reads.TryGet(read, out ReadOnlySpan<byte> value, out _);
            byte[]? expected = conditions[read].Expected;
            if (isFound != (expected is not null) || !value.SequenceEqual(expected))
            {
                return false;
            }
        }

        foreach (Change change in changes)
        {
            change.AddTo(batch);
        }

        return true;
    }
}
