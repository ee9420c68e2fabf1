using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Testing;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Items;

/// <summary>One write that was drawn: what is sent, and what is supposed to become of the item.</summary>
internal sealed class ItemsWrite
{
    private readonly Item? _put;
    private readonly Phrase<Item>? _update;
    private readonly bool _isCheck;

    public ItemsWrite(ref Dice dice, bool isOfTransaction)
    {
        Key = DrawKey(ref dice);
        Condition = dice.Chance(0.4) ? Phrases.Condition(ref dice) : null;
        int kind = dice.Below(10);
        _put = kind < 4 ? Draw(Key, ref dice) : null;
        _update = kind is >= 4 and < 8 ? Phrases.Update(ref dice) : null;
        _isCheck = isOfTransaction && kind == 8 && Condition is not null;
    }

    public ItemKey Key { get; }

    public Phrase<bool>? Condition { get; }

    public static ItemKey DrawKey(ref Dice dice) => ItemKey.Of($"p{dice.Below(4)}", dice.Below(10));

    /// <summary>What the item is supposed to be afterwards.</summary>
    public Item? After(Item? before) => this switch
    {
        { _put: { } put } => put,
        { _update: { } update } => update.Meaning(before ?? KeyItem(Key)),
        { _isCheck: true } => before,
        _ => null,
    };

    /// <summary>Sends it. Tells whether its condition held, and the item that it answered with: the one before.</summary>
    public (bool Done, Item? Before) Send(SeededJobHost host, KeystoneDatabase database, string table)
    {
        try
        {
            EncodedItem? before = this switch
            {
                { _put: { } put } => host.Await(database.PutItemAsync(new PutItemRequest(table, put.Encode())
                {
                    ConditionExpression = Condition?.Text,
                    ExpressionAttributeValues = Condition?.Values,
                    ReturnOld = true,
                    ReturnCurrentOnConditionFailure = true,
                })).OldItem,
                { _update: { } update } => host.Await(database.UpdateItemAsync(new UpdateItemRequest(table, Key)
                {
                    UpdateExpression = update.Text,
                    ConditionExpression = Renamed(Condition),
                    ExpressionAttributeValues = Both(update, Condition),
                    ReturnValues = ReturnValues.AllOld,
                    ReturnCurrentOnConditionFailure = true,
                })).Attributes,
                _ => host.Await(database.DeleteItemAsync(new DeleteItemRequest(table, Key)
                {
                    ConditionExpression = Condition?.Text,
                    ExpressionAttributeValues = Condition?.Values,
                    ReturnOld = true,
                    ReturnCurrentOnConditionFailure = true,
                })).OldItem,
            };
            return (true, before?.ToItem());
        }
        catch (KeystoneException refused) when (refused.Code == KeystoneErrorCode.ConditionalCheckFailed)
        {
            return (false, refused.CurrentItem?.ToItem());
        }
    }

    /// <summary>The same as a part of a transaction.</summary>
    public TransactWrite ToTransactWrite(string table)
    {
        TransactWrite write = this switch
        {
            { _put: { } put } => TransactWrite.Put(table, put.Encode()),
            { _update: { } update } => TransactWrite.Update(table, Key, update.Text),
            { _isCheck: true } => TransactWrite.Check(table, Key, Condition!.Text),
            _ => TransactWrite.Delete(table, Key),
        };
        return write with
        {
            ConditionExpression = _update is null ? Condition?.Text : Renamed(Condition),
            ExpressionAttributeValues = _update is null ? Condition?.Values : Both(_update, Condition),
        };
    }

    public override string ToString()
    {
        string what = _put?.ToString() ?? _update?.Text ?? (_isCheck ? "a check" : "a delete");
        return $"{what} at {Key} if {Condition?.Text ?? "whatever"}";
    }

    /// <summary>Placeholders of a condition beside an update, which may have the same names.</summary>
    private static string? Renamed(Phrase<bool>? condition) => condition?.Text.Replace(":", ":c_", StringComparison.Ordinal);

    private static Dictionary<string, AttributeValue>? Both(Phrase<Item> update, Phrase<bool>? condition)
    {
        Dictionary<string, AttributeValue> values = new(update.Values ?? new Dictionary<string, AttributeValue>());
        foreach ((string name, AttributeValue value) in condition?.Values ?? new Dictionary<string, AttributeValue>())
        {
            values[$":c_{name[1..]}"] = value;
        }

        return values.Count == 0 ? null : values;
    }

    private static Item KeyItem(ItemKey key) => Item.Of(("p", key.Partition), ("s", key.Sort!));

    private static Item Draw(ItemKey key, ref Dice dice)
    {
        Item item = KeyItem(key);
        item = dice.Chance(0.7) ? item.With("n", dice.Below(20)) : item;
        item = dice.Chance(0.6) ? item.With("tag", Phrases.Word(ref dice)) : item;
        item = dice.Chance(0.3) ? item.With("words", AttributeValue.StringSet(Phrases.Word(ref dice))) : item;
        item = dice.Chance(0.2) ? item.With("filling", new string('x', dice.Below(1000))) : item;

        // Simulated time begins with 2026 and goes on by some minutes.
        return dice.Chance(0.3) ? item.With("until", SimulatedClock.Start.ToUnixTimeSeconds() + dice.Below(3000)) : item;
    }
}
