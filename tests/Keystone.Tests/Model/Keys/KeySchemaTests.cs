using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Model.Keys;

/// <summary>A schema finds the key in an item and refuses what does not fit, with DynamoDB's limits.</summary>
public sealed class KeySchemaTests
{
    private static readonly KeySchema Cities = new KeySchema("country").WithSort("place");

    [Fact]
    public void The_key_of_an_item_is_the_key_of_its_values()
    {
        Item item = Item.Of(("country", "CH"), ("place", "Bern\0#1"), ("other", 1));
        ItemKey key = Cities.KeyOf(item, ItemLimits.Default);
        Assert.Equal(ItemKey.Of("CH", "Bern\0#1"), key);
        Assert.Equal(item.Without("other"), Cities.ToItem(key));
        Assert.Equal(key, Cities.KeyOf(item.Without("other")));
        KeySchema numbers = new KeySchema("n", KeyType.Number).WithSort("b", KeyType.Binary);
        Assert.Equal(ItemKey.Of(1.50m, new byte[] { 0 }), numbers.KeyOf(Item.Of(("n", 1.5), ("b", new byte[] { 0 })), ItemLimits.Default));
    }

    [Theory]
    [InlineData(2048, 1024, true)]
    [InlineData(2049, 1, false)]
    [InlineData(1, 1025, false)]
    public void Keys_may_have_2048_and_1024_bytes(int partition, int sort, bool fits)
    {
        foreach (char filler in new[] { 'x', '\0' })
        {
            string first = new(filler, partition);
            string second = new(filler, sort);
            Action ofItem = () => Cities.KeyOf(Item.Of(("country", first), ("place", second)), ItemLimits.Default);
            Action ofKey = () => Cities.Require(ItemKey.Of(first, second), ItemLimits.Default);
            AssertFits(fits, ofItem);
            AssertFits(fits, ofKey);
        }
    }

    [Fact]
    public void Limits_can_be_raised()
        => Cities.Require(ItemKey.Of(new string('x', 3000), "y"), new ItemLimits { PartitionKeyBytesMax = 3000 });

    [Fact]
    public void Items_without_a_right_key_are_refused_by_name()
    {
        AssertRefused(() => Key(("country", "CH")), "Missing the key place");
        AssertRefused(() => Key(("place", "x")), "Missing the key country");
        AssertRefused(() => Key(("country", 1), ("place", "x")), "Type mismatch for key country expected: S actual: N");
        AssertRefused(() => Key(("country", ""), ("place", "x")), "empty string");
        AssertRefused(() => Key(("country", "CH"), ("place", true)), "expected: S actual: BOOL");

        static ItemKey Key(params ReadOnlySpan<(string, AttributeValue)> attributes)
            => Cities.KeyOf(Item.Of(attributes).Encode(), ItemLimits.Default);
    }

    [Fact]
    public void Keys_that_do_not_match_are_refused()
    {
        const string Mismatch = "The provided key element does not match the schema";
        AssertRefused(() => Cities.Require(ItemKey.Of("CH"), ItemLimits.Default), Mismatch);
        AssertRefused(() => Cities.Require(ItemKey.Of(1, "x"), ItemLimits.Default), Mismatch);
        AssertRefused(() => Cities.Require(ItemKey.Of("CH", 1), ItemLimits.Default), Mismatch);
        AssertRefused(() => Cities.Require(default, ItemLimits.Default), Mismatch);
        AssertRefused(() => new KeySchema("p").Require(ItemKey.Of("a", "b"), ItemLimits.Default), Mismatch);
        AssertRefused(() => Cities.KeyOf(Item.Of(("country", "CH"), ("place", "x"), ("z", 1))), Mismatch);
        AssertRefused(() => Cities.KeyOf(Item.Of(("place", "x"))), Mismatch);
    }

    [Fact]
    public void The_default_table_takes_keys_of_bytes_with_and_without_a_sort_key()
    {
        KeySchema schema = KeystoneDefaults.Table.Key;
        Item item = Item.Of((KeystoneDefaults.PartitionKeyName, "k"u8.ToArray()), ("a", 1));
        ItemKey bare = schema.KeyOf(item, ItemLimits.Default);
        Assert.False(bare.HasSort);
        schema.Require(bare, ItemLimits.Default);
        ItemKey sorted = schema.KeyOf(item.With(KeystoneDefaults.SortKeyName, "s"u8.ToArray()), ItemLimits.Default);
        Assert.Equal("s"u8.ToArray(), sorted.Sort!.AsBinary().ToArray());
        schema.Require(sorted, ItemLimits.Default);
    }

    [Fact]
    public void Schemas_without_sense_are_refused()
    {
        AssertRefused(() => new KeySchema("p").WithSort("p"), "same name");
        AssertRefused(() => new KeySchema(""), "empty");
        AssertRefused(() => new KeySchema(new string('x', 256)), "longer than 255");
        AssertRefused(() => new KeySchema("p", (KeyType)1), "unknown type");
    }

    [Theory]
    [InlineData("abc", true)]
    [InlineData("a.B-9_", true)]
    [InlineData("ab", false)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("tablé", false)]
    [InlineData("abc\0", false)]
    public void Table_names_have_3_to_255_of_few_characters(string name, bool valid)
    {
        Assert.Equal(valid, TableName.IsValid(name));
        AssertFits(valid, () => _ = new TableDefinition(name, Cities));
        Assert.True(TableName.IsValid(new string('x', 255)));
        Assert.False(TableName.IsValid(new string('x', 256)));
    }

    private static void AssertFits(bool fits, Action check)
    {
        if (fits)
        {
            check();
        }
        else
        {
            Assert.Equal(KeystoneErrorCode.ValidationFailed, Assert.Throws<KeystoneException>(check).Code);
        }
    }

    private static void AssertRefused(Action make, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(make);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
