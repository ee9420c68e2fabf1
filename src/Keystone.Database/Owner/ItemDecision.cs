using Keystone.Database.Catalog;
using Keystone.Database.Indexes;
using Keystone.Database.Streams;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// What becomes of one item by a write that looks at it first: one with a condition, one that answers with the old item, an update or a
/// delete, and every write to a table that has more to keep than the items. It is judged under the writer of the stripe, maybe more than
/// once; the last time counts. What the judgement throws is kept in <see cref="Failure"/>: it was derived from an item that may not be
/// durable yet, so it may be told no earlier than a refusal.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="claim">The stripe.</param>
/// <param name="itemKey">The key of the item.</param>
/// <param name="key">The same as the engine has it.</param>
/// <param name="effect">What becomes of the item.</param>
/// <param name="write">What was asked.</param>
/// <param name="expressions">The expressions of what was asked, or null.</param>
/// <param name="limits">The limits of the database.</param>
internal sealed class ItemDecision(
    CatalogTable table,
    StripeClaim claim,
    ItemKey itemKey,
    byte[] key,
    WriteEffect effect,
    StripeWrite write,
    BoundExpressions? expressions,
    ItemLimits limits)
{
    public StripeClaim Claim => claim;

    public byte[] Key => key;

    public ItemKey ItemKey => itemKey;

    public StripeWrite Write => write;

    public BoundExpressions? Expressions => expressions;

    /// <summary>Whether the condition held.</summary>
    public bool ConditionHolds { get; private set; }

    /// <summary>Whether the write may happen.</summary>
    public bool Agrees => ConditionHolds && Failure is null;

    /// <summary>The bytes of the item that was read or is written, whichever are more.</summary>
    public long Bytes => Math.Max(Found?.Bytes.Length ?? 0, Written.Bytes.Length);

    /// <summary>Why nothing could be decided: the item does not have what the update needs, or would become too large.</summary>
    public KeystoneException? Failure { get; private set; }

    /// <summary>The item that was there, copied, if somebody needs it.</summary>
    public EncodedItem? Found { get; private set; }

    /// <summary>The item that is there now, or none.</summary>
    public EncodedItem Written { get; private set; }

    /// <summary>Whether there is something to write.</summary>
    public bool IsChange { get; private set; }

    /// <summary>The sequence of the write in its stripe, if something was written.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>The stripes that the write surely touches besides its own.</summary>
    public IEnumerable<int> OtherStripes(int stripeCount)
        => write.IsPut ? Entries(write.Item, stripeCount).Select(entry => entry.Stripe) : [];

    /// <summary>Looks at the item and decides. False when it is not to be written, for whatever reason.</summary>
    public bool TryJudge(PlanReads reads, int read)
    {
        Failure = null;
        Found = null;
        IsChange = false;
        ConditionHolds = false;
        Written = default;
        try
        {
            return Judge(reads, read);
        }
        catch (KeystoneException failure)
        {
            Failure = failure;
            return false;
        }
    }

    /// <summary>Writes the item and what follows from it. Requires that it was judged to be written.</summary>
    public void Apply(ChangeBatch changes, int stripeCount)
    {
        if (!IsChange)
        {
            return;
        }

        Sequence = Written.IsNone
            ? changes.Delete(claim.Stripe, key)
            : changes.Put(claim.Stripe, key, effect.ToValue(Written));
        foreach (IDerivedEntries entries in table.Derived)
        {
            if (entries.IsWritten)
            {
                ApplyTo(entries, changes, stripeCount);
            }
        }

        // A write that leaves the item as it was is no change.
        if (table.Description.Stream is { } stream && !(Found is { } found && found == Written))
        {
            EncodedItem keys = EncodedItem.Encode(table.Description.Definition.Key.ToItem(itemKey));
            byte[] change = ChangeFormat.Write(stream.View, keys, Found, Written, write.IsExpiry);
            changes.Record(stream.Id, claim.Stripe, stripeCount, change);
        }
    }

    private bool Judge(PlanReads reads, int read)
    {
        bool exists = reads.TryGet(read, out ReadOnlySpan<byte> stored, out ulong sequence);
        ulong epoch = 0;
        ReadOnlySpan<byte> item = exists ? StoredItem.ItemOf(stored, out epoch) : default;
        if (exists && IsNeeded())
        {
            Found = EncodedItem.FromChecked(item.ToArray());
        }

        ConditionHolds = (write.Condition?.HoldsFor(exists ? new ItemVersion(epoch, sequence) : null) ?? true) && Holds(item, exists);
        if (!ConditionHolds)
        {
            return false;
        }

        IsChange = exists || !effect.IsDelete;
        if (IsChange && !effect.IsCheck)
        {
            Written = effect.Of(Found);
            RequireIndexKeys();
        }

        IsChange &= !effect.IsCheck;
        return true;
    }

    private void RequireIndexKeys()
    {
        if (Written.IsNone)
        {
            return;
        }

        foreach (TableIndex index in table.Indexes)
        {
            IndexKey.Require(index.Definition, Written, limits);
        }
    }

    private bool Holds(ReadOnlySpan<byte> item, bool exists) => expressions?.Condition is not { } condition
        || (exists ? condition.Holds(ItemReader.Open(item)) : condition.Holds(default(EncodedItem)));

    private bool IsNeeded()
        => write.IsUpdate
            || write.Return != ReturnValues.None
            || table.KeepsMoreThanItems
            || (write.ReturnCurrentOnConditionFailure && (write.Condition is not null || expressions?.Condition is not null));

    private IEnumerable<IndexEntry> Entries(EncodedItem item, int stripeCount)
    {
        foreach (IDerivedEntries entries in table.Derived)
        {
            if (entries.IsWritten && entries.EntryOf(item, itemKey, stripeCount) is { } entry)
            {
                yield return entry;
            }
        }
    }

    private void ApplyTo(IDerivedEntries entries, ChangeBatch changes, int stripeCount)
    {
        IndexEntry? before = Found is { } found ? entries.EntryOf(found, itemKey, stripeCount) : null;
        IndexEntry? after = entries.EntryOf(Written, itemKey, stripeCount);
        bool isSameKey = before is { } old && after is { } now && old.Key.AsSpan().SequenceEqual(now.Key);
        if (before is { } gone && !isSameKey)
        {
            changes.Delete(gone.Stripe, gone.Key);
        }

        if (after is { } entry && !(isSameKey && before!.Value.Item == entry.Item))
        {
            changes.Put(entry.Stripe, entry.Key, StoredItem.ToValue(claim.Epoch, entry.Item));
        }
    }
}
