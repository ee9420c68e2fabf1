using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>Sizes are DynamoDB's, from the item and from its bytes alike.</summary>
public sealed class ItemSizeTests
{
    [Theory]
    [InlineData("""{}""", 0)]
    [InlineData("""{"id":{"S":"abc"}}""", 5)]
    [InlineData("""{"é":{"S":"é"}}""", 4)]
    [InlineData("""{"b":{"B":"AAAA"}}""", 4)]
    [InlineData("""{"f":{"BOOL":true}}""", 2)]
    [InlineData("""{"n":{"NULL":true}}""", 2)]
    [InlineData("""{"n":{"N":"0"}}""", 2)]
    [InlineData("""{"n":{"N":"5"}}""", 3)]
    [InlineData("""{"n":{"N":"-5"}}""", 4)]
    [InlineData("""{"n":{"N":"12"}}""", 3)]
    [InlineData("""{"n":{"N":"123"}}""", 4)]
    [InlineData("""{"n":{"N":"1.2"}}""", 4)]
    [InlineData("""{"n":{"N":"12345"}}""", 5)]
    [InlineData("""{"n":{"N":"-12345678901234567890123456789012345678"}}""", 22)]
    [InlineData("""{"l":{"L":[]}}""", 4)]
    [InlineData("""{"l":{"L":[{"S":"xy"}]}}""", 7)]
    [InlineData("""{"m":{"M":{}}}""", 4)]
    [InlineData("""{"m":{"M":{"ab":{"S":"xyz"}}}}""", 10)]
    [InlineData("""{"s":{"SS":["a","bc"]}}""", 4)]
    [InlineData("""{"s":{"NS":["1","0"]}}""", 4)]
    [InlineData("""{"s":{"BS":["AAAA","AA=="]}}""", 5)]
    [InlineData("""{"v":{"VecF32":[1,2]}}""", 9)]
    [InlineData("""{"t":{"Ts":"0"}}""", 9)]
    public void Golden_sizes(string json, long size)
    {
        Item item = ItemJson.ParseDynamoJson(json);
        Assert.Equal(size, ItemSize.Of(item));
        Assert.Equal(size, ItemSize.Of(item.Encode()));
    }

    [Theory]
    [InlineData(409_599, true)]
    [InlineData(409_600, true)]
    [InlineData(409_601, false)]
    public void An_item_may_have_400_KB(int size, bool fits)
    {
        EncodedItem item = Item.Of(("a", new string('x', size - 1)));
        Assert.Equal(size, ItemSize.Of(item));
        if (fits)
        {
            ItemLimits.Default.RequireItem(item);
        }
        else
        {
            KeystoneException refusal = Assert.Throws<KeystoneException>(() => ItemLimits.Default.RequireItem(item));
            Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
            Assert.Contains("Item size has exceeded the maximum allowed size", refusal.Message, StringComparison.Ordinal);
            new ItemLimits { ItemBytesMax = size }.RequireItem(item);
        }
    }
}
