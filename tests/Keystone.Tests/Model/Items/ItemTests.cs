using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Items;

/// <summary>Items and values in memory: built readably, immutable, and free of what no item may hold.</summary>
public sealed class ItemTests
{
    [Fact]
    public void A_builder_reads_like_the_item()
    {
        Item city = new ItemBuilder { ["name"] = "Bern", ["country"] = "CH", ["lat"] = 46.94809m, ["capital"] = true }.Build();
        Assert.Equal(["capital", "country", "lat", "name"], city.Keys);
        Assert.Equal("Bern", city["name"].AsString());
        Assert.Equal(46.94809m, (decimal)city["lat"].AsNumber());
        Assert.Equal(city, Item.Of(("country", "CH"), ("capital", true), ("name", "Bern"), ("lat", 46.94809m)));
        Assert.Equal(5, city.With("lng", 7.44744).Count);
        Assert.Same(city, city.Without("lng"));
        Assert.Equal(["country", "lat", "name"], city.Without("capital").Keys);
    }

    [Fact]
    public void Names_stand_in_the_order_of_their_UTF_8_bytes()
        => ModelGen.Name.Array[0, 8].Sample(names =>
        {
            var builder = new ItemBuilder();
            foreach (string name in names)
            {
                builder.Set(name, 1);
            }

            byte[][] bytes = [.. builder.Build().Keys.Select(System.Text.Encoding.UTF8.GetBytes)];
            return bytes.Zip(bytes.Skip(1)).All(pair => pair.First.AsSpan().SequenceCompareTo(pair.Second) < 0);
        });

    [Fact]
    public void A_builder_can_go_on_without_changing_what_it_made()
    {
        var builder = new ItemBuilder().Set("a", 1);
        Item first = builder.Build();
        builder.Set("a", 2).Set("b", 3);
        Assert.Equal(1, (int)first["a"].AsNumber());
        Assert.Equal(2, builder.Build().Count);
    }

    [Fact]
    public void A_builder_holds_what_was_set_last_and_not_removed()
        => Gen.Select(Gen.Int[0, 30], Gen.Int[0, 3], Gen.Int).Array[0, 100].Sample(steps =>
        {
            var builder = new ItemBuilder();
            var expected = new SortedDictionary<string, AttributeValue>(StringComparer.Ordinal);
            foreach ((int name, int step, int value) in steps)
            {
                string key = $"n{name}";
                if (step == 0)
                {
                    builder.Remove(key);
                    expected.Remove(key);
                }
                else
                {
                    builder.Set(key, value);
                    expected[key] = value;
                }
            }

            Item item = builder.Build();
            return builder.Count == expected.Count && item.SequenceEqual(expected) && item.ToBuilder().SequenceEqual(expected);
        });

    [Fact]
    public void Bytes_given_are_copied()
    {
        byte[] bytes = [1, 2, 3];
        AttributeValue value = bytes;
        bytes[0] = 9;
        Assert.Equal(1, value.AsBinary().Span[0]);
    }

    [Fact]
    public void Sets_have_no_order_and_no_two_equal_members()
    {
        Assert.Equal(AttributeValue.StringSet("a", "b"), AttributeValue.StringSet("b", "a"));
        Assert.Equal(AttributeValue.NumberSet(1, 20), AttributeValue.NumberSet(KeystoneNumber.Parse("2e1"), KeystoneNumber.Parse("1.0")));
        AssertRefused(() => AttributeValue.StringSet(), "empty set");
        AssertRefused(() => AttributeValue.StringSet("a", "a"), "duplicates");
        AssertRefused(() => AttributeValue.NumberSet(1, KeystoneNumber.Parse("1.0")), "duplicates");
        AssertRefused(() => AttributeValue.BinarySet(new byte[1], new byte[1]), "duplicates");
    }

    [Fact]
    public void What_no_item_may_hold_is_refused_by_name()
    {
        AssertRefused(() => AttributeValue.String("a\uD800"), "lone surrogate U+D800 at position 1");
        AssertRefused(() => AttributeValue.String("\uDC00\uD800"), "lone surrogate");
        AssertRefused(() => AttributeValue.StringSet("\uD800\uD800"), "lone surrogate");
        AssertRefused(() => Item.Of(("", 1)), "empty");
        AssertRefused(() => Item.Of(("a\0", 1)), "NUL");
        AssertRefused(() => Item.Of(("\uD800", 1)), "lone surrogate");
        AssertRefused(() => Item.Of(("a", 1), ("a", 2)), "twice");
        AssertRefused(() => Item.Of((new string('é', 32_768), 1)), "longer than 65535");
        AssertRefused(() => AttributeValue.Vector([float.NaN]), "finite");
        Assert.Single(Item.Of((new string('x', 65_535), 1)));
    }

    [Fact]
    public void Text_may_hold_NUL_as_in_DynamoDB()
        => Assert.Equal("a\0b", Item.Of(("a", "a\0b")).Encode().ToItem()["a"].AsString());

    [Fact]
    public void A_value_of_thirty_two_levels_is_the_deepest()
    {
        AttributeValue value = 1;
        for (int level = 2; level <= 32; level++)
        {
            value = level % 2 == 0 ? AttributeValue.List(value) : Item.Of(("m", value));
        }

        Assert.Equal(32, value.Levels);
        Assert.Equal(value, Item.Of(("a", value)).Encode().ToItem()["a"]);
        AssertRefused(() => AttributeValue.List(value), "Nesting Levels");
        AssertRefused(() => AttributeValue.Map(Item.Of(("m", value))), "Nesting Levels");
    }

    [Fact]
    public void A_timestamp_is_a_moment_in_milliseconds()
    {
        var moment = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
        Assert.Equal(moment, AttributeValue.Timestamp(moment).AsTimestamp());
        Assert.Equal(-1, AttributeValue.Timestamp(-1).AsTimestampMilliseconds());
        Assert.NotEqual(AttributeValue.Timestamp(1), AttributeValue.Number(1));
    }

    private static void AssertRefused(Action make, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(make);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
