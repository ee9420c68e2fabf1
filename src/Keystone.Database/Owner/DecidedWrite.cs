using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// A write that looks at the item first: one with a condition, one that answers with the old item, an update or a delete. It decides under
/// the writer of the stripe, maybe more than once; the last run counts. What it throws is kept for <see cref="Failure"/>: it was derived
/// from an item that may not be durable yet, so it may be told no earlier than a refusal.
/// </summary>
/// <param name="claim">The stripe.</param>
/// <param name="key">The engine's key.</param>
/// <param name="effect">What becomes of the item.</param>
/// <param name="write">What was asked.</param>
/// <param name="expressions">The expressions of what was asked, or null.</param>
internal sealed class DecidedWrite(
    StripeClaim claim, byte[] key, WriteEffect effect, StripeWrite write, BoundExpressions? expressions) : IWritePlan
{
    /// <summary>Whether the condition held when it was decided.</summary>
    public bool ConditionHolds { get; private set; }

    /// <summary>Why nothing could be decided: the item does not have what the update needs, or would become too large.</summary>
    public KeystoneException? Failure { get; private set; }

    /// <summary>The item that was there, copied, if somebody needs it.</summary>
    public EncodedItem? Found { get; private set; }

    /// <summary>The item that is there now, or none.</summary>
    public EncodedItem Written { get; private set; }

    public int ReadCount => 1;

    public StripeClaim ClaimAt(int read) => claim;

    public ReadOnlySpan<byte> KeyAt(int read) => key;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        Failure = null;
        Found = null;
        try
        {
            return Judge(reads, batch);
        }
        catch (KeystoneException failure)
        {
            Failure = failure;
            return false;
        }
    }

    private bool Judge(PlanReads reads, WriteBatch batch)
    {
        bool exists = reads.TryGet(0, out ReadOnlySpan<byte> stored, out ulong sequence);
        ulong epoch = 0;
        ReadOnlySpan<byte> item = exists ? StoredItem.ItemOf(stored, out epoch) : default;
        if (exists && IsNeeded())
        {
            Found = EncodedItem.FromChecked(item.ToArray());
        }

        ConditionHolds = (write.Condition?.HoldsFor(exists ? new ItemVersion(epoch, sequence) : null) ?? true) && Holds(item, exists);
        if (!ConditionHolds || (effect.IsDelete && !exists))
        {
            return false;
        }

        Written = effect.Of(Found);
        if (Written.IsNone)
        {
            batch.Delete(claim, key);
        }
        else
        {
            batch.Put(claim, key, effect.ToValue(Written));
        }

        return true;
    }

    private bool Holds(ReadOnlySpan<byte> item, bool exists) => expressions?.Condition is not { } condition
        || (exists ? condition.Holds(ItemReader.Open(item)) : condition.Holds(default(EncodedItem)));

    private bool IsNeeded()
        => write.IsUpdate
            || write.Return != ReturnValues.None
            || (write.ReturnCurrentOnConditionFailure && (write.Condition is not null || expressions?.Condition is not null));
}
