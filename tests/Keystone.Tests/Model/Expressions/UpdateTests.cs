using CsCheck;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Tests.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>An update puts bytes together that are those of the item that plain code makes.</summary>
public sealed class UpdateTests
{
    private readonly ExpressionCache _cache = new();

    [Fact]
    public void Setting_and_removing_attributes_makes_the_bytes_of_the_changed_item()
        => Gen.Select(ModelGen.Item, ModelGen.Name.Array[1, 5], ModelGen.Value).Sample((item, drawn, value) =>
        {
            string[] names = [.. drawn.Distinct(), .. item.Keys.Take(1).Except(drawn)];
            var placeholders = names.Select((name, index) => (Key: $"#n{index}", name)).ToDictionary(pair => pair.Key, pair => pair.name);
            ItemBuilder expected = item.ToBuilder().Set(names[0], value);
            foreach (string name in names[1..])
            {
                expected.Remove(name);
            }

            string text = "SET #n0 = :v" + (names.Length == 1 ? "" : " REMOVE " + string.Join(", ", placeholders.Keys.Skip(1)));
            var scope = new ExpressionScope(_cache, placeholders, new Dictionary<string, AttributeValue> { [":v"] = value });
            return scope.Update(text).Apply(item.Encode()) == expected.Build().Encode();
        });

    [Fact]
    public void Adding_and_deleting_the_same_members_is_union_and_difference()
        => Gen.Select(ModelGen.Text.Array[1, 6], ModelGen.Text.Array[1, 6]).Sample((old, operand) =>
        {
            EncodedItem item = Item.Of(("s", AttributeValue.StringSet(old.Distinct()))).Encode();
            var values = new Dictionary<string, AttributeValue> { [":v"] = AttributeValue.StringSet(operand.Distinct()) };
            AttributeValue? added = new ExpressionScope(_cache, null, values).Update("ADD s :v").Apply(item).Find("s");
            AttributeValue? rest = new ExpressionScope(_cache, null, values).Update("DELETE s :v").Apply(item).Find("s");
            string[] difference = [.. old.Except(operand)];
            return added == AttributeValue.StringSet(old.Union(operand))
                && rest == (difference.Length == 0 ? null : AttributeValue.StringSet(difference));
        });

    [Fact]
    public void A_projection_of_all_attributes_is_the_item()
        => ModelGen.Item.Where(item => item.Count > 0).Sample(item =>
        {
            var names = item.Keys.Select((name, index) => (Key: $"#n{index}", name)).ToDictionary(pair => pair.Key, pair => pair.name);
            EncodedItem encoded = item.Encode();
            return new ExpressionScope(_cache, names).Projection(string.Join(", ", names.Keys.Reverse())).Of(encoded) == encoded;
        });

    [Fact]
    public void A_value_that_makes_an_item_too_deep_is_refused()
    {
        AttributeValue deep = 1;
        for (int i = 1; i < AttributeValue.LevelsMax; i++)
        {
            deep = AttributeValue.List(deep);
        }

        var scope = new ExpressionScope(_cache, null, new Dictionary<string, AttributeValue> { [":v"] = deep });
        UpdateExpression update = scope.Update("SET m.x = :v");
        EncodedItem item = Item.Of(("m", AttributeValue.Map(Item.Empty))).Encode();
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => update.Apply(item));
        Assert.StartsWith("Nesting Levels have exceeded supported limits", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_have_no_parts()
    {
        var scope = new ExpressionScope(_cache, null, new Dictionary<string, AttributeValue> { [":v"] = 1 });
        UpdateExpression update = scope.Update("SET a = id.x REMOVE b");
        KeystoneException refusal = Assert.Throws<KeystoneException>(() => update.RequireScalars(["id"], "Key"));
        Assert.Equal(
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key: id", refusal.Message);
        Assert.Throws<KeystoneException>(() => scope.Filter("size(id[0]) = :v").RequireScalars(["x", "id"], "IndexKey"));
        Assert.Throws<KeystoneException>(() => scope.Projection("a, id.b").RequireScalars(["id"], "Key"));
        scope.Filter("id = :v AND a.id = :v").RequireScalars(["id"], "Key");
    }
}
