using System.Text;
using System.Text.Json;
using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>JSON in both forms: numbers exact, DynamoDB JSON without loss, and what is no item named.</summary>
public sealed class ItemJsonTests
{
    [Fact]
    public void DynamoDB_JSON_keeps_every_item()
        => ModelGen.Item.Sample(item => ItemJson.ParseDynamoJson(ItemJson.ToDynamoJson(item)).Equals(item)
            && ItemJson.ParseDynamoJson(ItemJson.ToDynamoJson(item, indented: true)).Equals(item));

    [Fact]
    public void Plain_JSON_is_stable_after_one_pass()
        => ModelGen.Item.Sample(item =>
        {
            Item once = ItemJson.Parse(ItemJson.ToJson(item));
            return ItemJson.Parse(ItemJson.ToJson(once)).Equals(once) && once.Keys.SequenceEqual(item.Keys);
        });

    [Theory]
    [InlineData("""{"n":0.1}""")]
    [InlineData("""{"n":12345678901234567890123456789012345678}""")]
    [InlineData("""{"a":[1,"two",true,null,{"b":[]}],"é":"日本"}""")]
    [InlineData("""{"lat":47.37,"lng":-8.5}""")]
    [InlineData("{}")]
    public void Plain_JSON_comes_back_as_it_was(string json) => Assert.Equal(json, ItemJson.ToJson(ItemJson.Parse(json)));

    [Fact]
    public void Plain_JSON_shows_the_other_kinds_as_what_JSON_has()
    {
        Item item = Item.Of(
            ("b", new byte[] { 1, 2 }),
            ("ns", AttributeValue.NumberSet(3, 1)),
            ("ss", AttributeValue.StringSet("y", "x")),
            ("bs", AttributeValue.BinarySet(new byte[] { 0xFF }.AsMemory())),
            ("t", AttributeValue.Timestamp(1700000000000)),
            ("v", AttributeValue.Vector([1.5f, -2])));
        Assert.Equal("""{"b":"AQI=","bs":["/w=="],"ns":[1,3],"ss":["x","y"],"t":1700000000000,"v":[1.5,-2]}""", ItemJson.ToJson(item));
        Assert.Equal(
            """{"b":{"B":"AQI="},"bs":{"BS":["/w=="]},"ns":{"NS":["1","3"]},"ss":{"SS":["x","y"]}"""
            + ""","t":{"Ts":"1700000000000"},"v":{"VecF32":[1.5,-2]}}""",
            ItemJson.ToDynamoJson(item));
    }

    [Fact]
    public void The_serializer_of_the_platform_reads_and_writes_items()
    {
        Item item = JsonSerializer.Deserialize<Item>("""{"b":1.0,"a":{"x":[null]}}""")!;
        Assert.Equal("""{"a":{"x":[null]},"b":1}""", JsonSerializer.Serialize(item));
        Assert.Equal(item, JsonSerializer.Deserialize<Dictionary<string, Item>>($$"""{"k":{{item}}}""")!["k"]);
    }

    [Theory]
    [InlineData("", "no valid JSON")]
    [InlineData("{", "no valid JSON at line 1")]
    [InlineData("{\"a\":1,\n \"b\":tru}", "line 2")]
    [InlineData("{\"a\":1} {}", "no valid JSON")]
    [InlineData("[1]", "StartArray where an object is expected")]
    [InlineData("1", "Number where an object is expected")]
    [InlineData("""{"a":1,"a":2}""", "'a' is given twice")]
    [InlineData("""{"":1}""", "name is empty")]
    [InlineData("""{"a\u0000b":1}""", "NUL")]
    [InlineData("""{"a":"\uD800"}""", "lone surrogate")]
    [InlineData("""{"\uDC00":1}""", "lone surrogate")]
    [InlineData("""{"a":1e126}""", "overflow")]
    [InlineData("""{"a":1e-131}""", "underflow")]
    [InlineData("""{"a":123456789012345678901234567890123456789}""", "38 significant digits")]
    [InlineData("""{"a":NaN}""", "no valid JSON")]
    [InlineData("""{"a":1,}""", "no valid JSON")]
    public void Plain_JSON_that_is_no_item_is_refused_with_its_name(string json, string reason)
        => AssertRefused(() => ItemJson.Parse(json), reason);

    [Theory]
    [InlineData("""{"a":1}""", "Number where an object that names a type is expected")]
    [InlineData("""{"a":{}}""", "is empty, must contain exactly one")]
    [InlineData("""{"a":{"S":"x","N":"1"}}""", "more than one datatypes")]
    [InlineData("""{"a":{"X":"x"}}""", "type 'X' is unknown")]
    [InlineData("""{"a":{"S":1}}""", "Number where a string is expected")]
    [InlineData("""{"a":{"N":1}}""", "Number where a string is expected")]
    [InlineData("""{"a":{"N":"x"}}""", "cannot be converted to a numeric value: x")]
    [InlineData("""{"a":{"NULL":false}}""", "must have the value of true")]
    [InlineData("""{"a":{"BOOL":"true"}}""", "true or false")]
    [InlineData("""{"a":{"B":"a"}}""", "base64")]
    [InlineData("""{"a":{"SS":[]}}""", "empty set")]
    [InlineData("""{"a":{"SS":["x","x"]}}""", "duplicates")]
    [InlineData("""{"a":{"NS":["1","1.0"]}}""", "duplicates")]
    [InlineData("""{"a":{"BS":["AA==","AA=="]}}""", "duplicates")]
    [InlineData("""{"a":{"SS":[null]}}""", "Null where a string is expected")]
    [InlineData("""{"a":{"L":{}}}""", "an array")]
    [InlineData("""{"a":{"VecF32":[1e39]}}""", "finite")]
    [InlineData("""{"a":{"Ts":"x"}}""", "no count of milliseconds")]
    public void DynamoDB_JSON_that_is_no_item_is_refused_with_its_name(string json, string reason)
        => AssertRefused(() => ItemJson.ParseDynamoJson(json), reason);

    [Fact]
    public void Bytes_that_are_no_UTF_8_are_refused()
    {
        byte[] json = [.. "{\"a\":\""u8, 0xFF, .. "\"}"u8];
        AssertRefused(() => ItemJson.Parse(json), "UTF-8");
        AssertRefused(() => ItemJson.Parse("{\"a\":\"\uD800\"}"), "lone surrogate");
    }

    [Fact]
    public void Thirty_two_levels_are_read_and_thirty_three_refused()
    {
        Assert.Equal(32, ItemJson.Parse(Nested("[", "]", 31))["a"].Levels);
        Assert.Equal(32, ItemJson.ParseDynamoJson(Nested("{\"L\":[", "]}", 31, "{\"NULL\":true}"))["a"].Levels);
        AssertRefused(() => ItemJson.Parse(Nested("[", "]", 32)), "Nesting Levels");
        AssertRefused(() => ItemJson.Parse(Nested("{\"m\":", "}", 32)), "Nesting Levels");
        AssertRefused(() => ItemJson.ParseDynamoJson(Nested("{\"L\":[", "]}", 32, "{\"NULL\":true}")), "Nesting Levels");
        AssertRefused(() => ItemJson.ParseDynamoJson(Nested("{\"M\":{\"m\":", "}}", 32, "{\"NULL\":true}")), "Nesting Levels");
        AssertRefused(() => ItemJson.Parse(Nested("[", "]", 100_000)), "Nesting Levels");
    }

    [Fact]
    public void Changed_JSON_throws_nothing_else()
        => Gen.Select(ModelGen.Item, Gen.Int[0, 10_000], Gen.Byte, Gen.Bool).Sample((item, place, other, dynamo) =>
        {
            byte[] json = Encoding.UTF8.GetBytes(dynamo ? ItemJson.ToDynamoJson(item) : ItemJson.ToJson(item));
            json[place % json.Length] = other;
            try
            {
                _ = dynamo ? ItemJson.ParseDynamoJson(json) : ItemJson.Parse(json);
            }
            catch (KeystoneException e) when (e.Code == KeystoneErrorCode.ValidationFailed)
            {
            }
        });

    private static string Nested(string open, string close, int levels, string leaf = "null")
    {
        var json = new StringBuilder("{\"a\":");
        json.Insert(json.Length, open, levels).Append(leaf).Insert(json.Length, close, levels);
        return json.Append('}').ToString();
    }

    private static void AssertRefused(Action parse, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(parse);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
