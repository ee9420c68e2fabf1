using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// A write that looks at the item first: one with a condition, one that answers with the old item, or a delete. It decides under the
/// writer of the stripe, maybe more than once; the last run counts.
/// </summary>
/// <param name="claim">The stripe.</param>
/// <param name="key">The engine's key.</param>
/// <param name="value">The value to put; null deletes.</param>
/// <param name="write">What was asked.</param>
internal sealed class DecidedWrite(StripeClaim claim, byte[] key, byte[]? value, StripeWrite write) : IWritePlan
{
    /// <summary>Whether the condition held when it was decided.</summary>
    public bool ConditionHolds { get; private set; }

    /// <summary>The item that was there, copied, if somebody asked for it.</summary>
    public EncodedItem? Found { get; private set; }

    public int ReadCount => 1;

    public StripeClaim ClaimAt(int read) => claim;

    public ReadOnlySpan<byte> KeyAt(int read) => key;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        bool exists = reads.TryGet(0, out ReadOnlySpan<byte> stored, out ulong sequence);
        ItemVersion? version = null;
        Found = null;
        if (exists)
        {
            ReadOnlySpan<byte> item = StoredItem.ItemOf(stored, out ulong epoch);
            version = new ItemVersion(epoch, sequence);
            Found = IsAskedFor() ? EncodedItem.FromChecked(item.ToArray()) : default(EncodedItem?);
        }

        ConditionHolds = write.Condition?.HoldsFor(version) ?? true;
        if (!ConditionHolds || (value is null && !exists))
        {
            return false;
        }

        if (value is null)
        {
            batch.Delete(claim, key);
        }
        else
        {
            batch.Put(claim, key, value);
        }

        return true;
    }

    private bool IsAskedFor() => write.ReturnOld || (write.ReturnCurrentOnConditionFailure && write.Condition is not null);
}
