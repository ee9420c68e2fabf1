using Keystone.Database.Indexes;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// Puts into an index what items of one stripe give it, as they are under its writer, and notes how far that has come. Writes of items keep
/// the index already, so whatever becomes of an item before or after is in it, too; an entry that is there is written once more.
/// </summary>
internal sealed class BackfillWrite : IHoldingPlan
{
    private readonly StripeClaim _claim;
    private readonly IDerivedEntries _entries;
    private readonly (ItemKey Key, byte[] EngineKey)[] _items;
    private readonly int _stripeCount;
    private readonly byte[] _markKey;
    private readonly byte[] _mark;

    /// <param name="claim">The stripe of the items.</param>
    /// <param name="entries">The index.</param>
    /// <param name="items">The keys of the items. May be none.</param>
    /// <param name="mark">How far it has come when this is written.</param>
    /// <param name="claimOf">The claim of this disk to a stripe.</param>
    /// <param name="stripeCount">The stripes of the database.</param>
    public BackfillWrite(
        StripeClaim claim,
        IDerivedEntries entries,
        (ItemKey Key, byte[] EngineKey)[] items,
        BackfillMark mark,
        Func<int, StripeClaim> claimOf,
        int stripeCount)
    {
        _claim = claim;
        _entries = entries;
        _items = items;
        _stripeCount = stripeCount;
        _markKey = BackfillMark.KeyOf(claim.Stripe, stripeCount, entries.KeyId);
        _mark = mark.ToValue();
        Held = new HeldStripes(claimOf);
        Held.Hold(claim);
    }

    public HeldStripes Held { get; }

    /// <summary>The mark is looked at although it is known: a plan has to look at something.</summary>
    public int ReadCount => _items.Length + 1;

    public ReadOnlySpan<StripeClaim> OtherClaims => Held.Others;

    public StripeClaim ClaimAt(int read) => _claim;

    public ReadOnlySpan<byte> KeyAt(int read) => read < _items.Length ? _items[read].EngineKey : _markKey;

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        Held.Begin();
        ChangeBatch changes = new(batch, reads, Held.Claims);
        for (int i = 0; i < _items.Length; i++)
        {
            if (reads.TryGet(i, out ReadOnlySpan<byte> stored, out _))
            {
                EncodedItem item = EncodedItem.FromChecked(StoredItem.ItemOf(stored, out ulong epoch).ToArray());
                if (_entries.EntryOf(item, _items[i].Key, _stripeCount) is { } entry)
                {
                    changes.Put(entry.Stripe, entry.Key, StoredItem.ToValue(epoch, entry.Item));
                }
            }
        }

        changes.Put(_claim.Stripe, _markKey, _mark);
        return Held.TryEnd(changes);
    }
}
