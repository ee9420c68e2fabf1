using CsCheck;
using Google.Protobuf;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Tests.Model.Items;
using Xunit;
using Item = Keystone.Model.Items.Item;
using WireItemMessage = Keystone.Grpc.Messages.Item;

namespace Keystone.Tests.Grpc;

public class WireItemTests
{
    private static readonly ByteString Pk = ByteString.CopyFromUtf8("p");
    private static readonly ByteString Sk = ByteString.CopyFromUtf8("s");

    [Fact]
    public void The_key_goes_into_the_item_and_comes_out_beside_it()
        => ModelGen.Item.Sample(item =>
        {
            WireItemMessage sent = WireItem.ToMessage(item.Encode());
            EncodedItem stored = WireItem.ToModel(Pk, Sk, sent, "none");

            Assert.Equal(
                WireKey.ToModel(Pk, Sk), KeystoneDefaults.Table.Key.KeyOf(stored, ItemLimits.Default));
            Assert.Equal(sent, WireItem.Split(stored, out Key key));
            Assert.Equal(new Key { PartitionKey = Pk, SortKey = Sk }, key);
        });

    [Fact]
    public void An_empty_sort_key_is_no_sort_key()
    {
        var put = new PutRequest { PartitionKey = Pk, SortKey = ByteString.Empty, Item = new WireItemMessage() };

        Item item = WireRequest.ToModel(put).Item.ToItem();

        Assert.Equal(Item.Of((KeystoneDefaults.PartitionKeyName, Pk.ToByteArray())), item);
        Assert.False(WireKey.ToModel(Pk, ByteString.Empty).HasSort);
    }

    [Theory]
    [InlineData(KeystoneDefaults.PartitionKeyName)]
    [InlineData(KeystoneDefaults.SortKeyName)]
    public void An_item_that_names_a_key_attribute_is_refused(string name)
    {
        var item = new WireItemMessage { Attributes = { [name] = new Value { StringValue = "mine" } } };

        var refusal = Assert.Throws<KeystoneException>(() => WireItem.ToModel(Pk, ByteString.Empty, item, "none"));

        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(name, refusal.Message);
    }

    [Fact]
    public void A_put_without_an_item_is_refused_with_the_text_of_the_contract()
    {
        AssertRefused("Item required", () => WireRequest.ToModel(new PutRequest { PartitionKey = Pk }));
        var batch = new BatchWriteRequest { Writes = { new WriteRequest { Put = new PutItem { PartitionKey = Pk } } } };
        AssertRefused("Item required for put", () => WireRequest.ToModel(batch));
        AssertRefused("Write request is required", () => WireRequest.ToModel(new BatchWriteRequest { Writes = { new WriteRequest() } }));
    }

    [Fact]
    public void A_page_is_cut_by_the_bytes_of_its_messages_and_goes_on_behind_the_last_item_sent()
    {
        // Three bytes in the store, 126 on the wire: a page of the store can be many messages long.
        AttributeValue[] numbers = [.. Enumerable.Repeat(AttributeValue.Number("1e125"), 1000)];
        EncodedItem[] items = [.. Enumerable.Range(0, 40).Select(i => Item.Of(
            (KeystoneDefaults.PartitionKeyName, Pk.ToByteArray()),
            (KeystoneDefaults.SortKeyName, new[] { (byte)i }),
            ("numbers", AttributeValue.List(numbers))).Encode())];

        QueryResponse answer = WirePage.ToQueryResponse(new QueryResult(ItemPage.Of(items), null, items.Length));

        Assert.InRange(answer.CalculateSize(), WirePage.MessageBytesMax, 2 * WirePage.MessageBytesMax);
        Assert.InRange(answer.Items.Count, 1, items.Length - 1);
        Assert.Equal((uint)answer.Items.Count, answer.Count);
        Assert.Equal(answer.Keys[^1].SortKey, answer.LastEvaluatedKey.SortKey);
        Assert.Equal(answer.Items.Count - 1, answer.LastEvaluatedKey.SortKey[0]);
    }

    [Fact]
    public void A_whole_page_says_what_the_database_says()
    {
        var last = WireKey.ToModel(Pk, Sk);
        EncodedItem item = WireItem.ToModel(Pk, Sk, new WireItemMessage(), "none");

        QueryResponse answer = WirePage.ToQueryResponse(new QueryResult(ItemPage.Of(item), last, 5));

        Assert.Equal((1u, 5u), (answer.Count, answer.ScannedCount));
        Assert.Equal(new LastKey { PartitionKey = Pk, SortKey = Sk }, answer.LastEvaluatedKey);
        Assert.Null(WirePage.ToQueryResponse(new QueryResult(ItemPage.Empty, null, 0)).LastEvaluatedKey);
    }

    private static void AssertRefused(string text, Action call)
    {
        var refusal = Assert.Throws<KeystoneException>(call);
        Assert.Equal((KeystoneErrorCode.ValidationFailed, text), (refusal.Code, refusal.Message));
    }
}
