using CsCheck;
using Google.Protobuf;
using Keystone.Grpc;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Tests.Model.Items;
using Xunit;
using Item = Keystone.Model.Items.Item;

namespace Keystone.Tests.Grpc;

public class WireValueTests
{
    [Fact]
    public void Every_value_comes_back_as_it_was_sent_and_sets_as_lists()
        => ModelGen.Value.Sample(value =>
        {
            Value message = Value.Parser.ParseFrom(Send(value).ToByteArray());

            Assert.Equal(WithoutSets(value), WireValue.ToModel(message));
        });

    [Fact]
    public void Values_as_deep_as_an_item_may_have_them_pass_the_wire()
    {
        AttributeValue deepList = AttributeValue.Null;
        AttributeValue deepMap = AttributeValue.Null;
        for (int level = 1; level < AttributeValue.LevelsMax; level++)
        {
            deepList = AttributeValue.List(deepList);
            deepMap = AttributeValue.Map(Item.Of(("a", deepMap)));
        }

        var put = new PutRequest { Item = WireItem.ToMessage(Item.Of(("list", deepList), ("map", deepMap)).Encode()) };
        PutRequest received = PutRequest.Parser.ParseFrom(put.ToByteArray());

        Assert.Equal(deepList, WireValue.ToModel(received.Item.Attributes["list"]));
        Assert.Equal(deepMap, WireValue.ToModel(received.Item.Attributes["map"]));
    }

    [Fact]
    public void A_moment_before_1970_is_the_complement_of_64_bits()
        => Assert.Equal(ulong.MaxValue, Send(AttributeValue.Timestamp(-1)).TimestampValue);

    [Fact]
    public void A_number_keeps_all_its_digits()
        => Assert.Equal("0.12345678901234567890123456789012345678", Send(AttributeValue.Number("0.12345678901234567890123456789012345678"))
            .NumberValue);

    [Fact]
    public void A_value_without_content_is_refused() => AssertRefused("Value field is missing", new Value());

    [Theory]
    [InlineData("")]
    [InlineData("one")]
    [InlineData("1e200")]
    public void A_text_that_is_no_number_is_refused(string text) => AssertRefused(null, new Value { NumberValue = text });

    [Fact]
    public void A_vector_with_an_element_that_is_not_finite_is_refused()
        => AssertRefused(null, new Value { VectorValue = new VectorValue { Values = { 1f, float.NaN } } });

    private static Value Send(AttributeValue value) => WireItem.ToMessage(Item.Of(("a", value)).Encode()).Attributes["a"];

    private static AttributeValue WithoutSets(AttributeValue value) => value.Kind switch
    {
        AttributeKind.StringSet => AttributeValue.List(value.AsStringSet().Select(AttributeValue.String)),
        AttributeKind.NumberSet => AttributeValue.List(value.AsNumberSet().Select(AttributeValue.Number)),
        AttributeKind.BinarySet => AttributeValue.List(value.AsBinarySet().Select(member => AttributeValue.Binary(member.Span))),
        AttributeKind.List => AttributeValue.List(value.AsList().Select(WithoutSets)),
        AttributeKind.Map => AttributeValue.Map(
            value.AsMap().Aggregate(new ItemBuilder(), (item, entry) => item.Set(entry.Key, WithoutSets(entry.Value))).Build()),
        _ => value,
    };

    private static void AssertRefused(string? text, Value value)
    {
        var refusal = Assert.Throws<KeystoneException>(() => WireValue.ToModel(value));
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Equal(text ?? refusal.Message, refusal.Message);
    }
}
