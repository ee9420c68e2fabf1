using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Schema;

namespace Keystone.Database.Owner;

/// <summary>
/// What becomes of an item by a write that is decided under the writer of its stripe: another item, no item, or the item after an update,
/// which is computed from the item that is there. What can be made before the writer is taken is made then.
/// </summary>
internal sealed class WriteEffect
{
    private readonly ulong _epoch;
    private readonly EncodedItem _item;
    private readonly byte[]? _value;
    private readonly EncodedItem _keyItem;
    private readonly UpdateExpression? _update;
    private readonly ItemLimits? _limits;

    private WriteEffect(ulong epoch, EncodedItem item, EncodedItem keyItem, UpdateExpression? update, ItemLimits? limits)
    {
        _epoch = epoch;
        _item = item;
        _value = item.IsNone ? null : StoredItem.ToValue(epoch, item);
        _keyItem = keyItem;
        _update = update;
        _limits = limits;
    }

    /// <summary>Whether no item is left.</summary>
    public bool IsDelete => _item.IsNone && _keyItem.IsNone;

    /// <summary>Nothing becomes of the item: its condition alone counts, for others.</summary>
    public static WriteEffect Check { get; } = new(0, default, default, null, null) { IsCheck = true };

    /// <summary>Whether the item stays as it is.</summary>
    public bool IsCheck { get; private init; }

    /// <summary>The item is deleted.</summary>
    public static WriteEffect Delete(ulong epoch) => new(epoch, default, default, null, null);

    /// <summary>The item is replaced.</summary>
    public static WriteEffect Put(ulong epoch, EncodedItem item) => new(epoch, item, default, null, null);

    /// <summary>The item is changed, or made of its key attributes. An update without an expression only makes it.</summary>
    public static WriteEffect Update(ulong epoch, EncodedItem keyItem, UpdateExpression? update, ItemLimits limits)
        => new(epoch, default, keyItem, update, limits);

    /// <summary>The item after the write, or none. An update needs the item before.</summary>
    /// <exception cref="Model.KeystoneException">ValidationFailed if the update does not fit the item.</exception>
    public EncodedItem Of(EncodedItem? found)
    {
        if (_keyItem.IsNone)
        {
            return _item;
        }

        EncodedItem before = found ?? _keyItem;
        EncodedItem after = _update?.Apply(before) ?? before;
        _limits!.RequireUpdatedItem(after);
        return after;
    }

    /// <summary>What is stored for an item that <see cref="Of"/> made.</summary>
    public byte[] ToValue(EncodedItem item) => _value ?? StoredItem.ToValue(_epoch, item);
}
