using CsCheck;
using Keystone.Model.Items;
using Keystone.Tests.Model.Items;

namespace Keystone.Tests.Model.Expressions;

/// <summary>A drawn condition: its text, the values in it, and what it means, told by plain code over a plain item.</summary>
internal sealed record DrawnCondition(string Text, AttributeValue[] Values, Func<Item, bool> Holds)
{
    public Dictionary<string, AttributeValue> ValueMap
        => Values.Select((value, index) => (Name: $":v{index}", value)).ToDictionary(pair => pair.Name, pair => pair.value);
}

/// <summary>Draws conditions over the attributes a to d, m.x, m.y, l[0] and l[1], and items that have some of them.</summary>
internal static class ConditionGen
{
    private static readonly string[] Paths = ["a", "b", "c", "d", "m.x", "m.y", "l[0]", "l[1]"];

    /// <summary>Few different values, so that comparisons come true.</summary>
    private static readonly Gen<AttributeValue> Scalar = Gen.Frequency(
        (3, Gen.Int[0, 3].Select(i => (AttributeValue)i)),
        (3, Gen.Int[0, 3].Select(i => (AttributeValue)new string('s', i))),
        (2, Gen.Int[0, 3].Select(i => AttributeValue.Binary(new byte[i]))),
        (1, ModelGen.Number.Select(AttributeValue.Number)));

    private static readonly Gen<AttributeValue> Any = Gen.Frequency((3, Scalar), (2, ModelGen.Value));

    public static readonly Gen<Item> Item = Gen.Select(Any.Array[8], Gen.Bool.Array[8], (values, present) =>
    {
        var builder = new ItemBuilder();
        var map = new ItemBuilder();
        for (int i = 0; i < 4; i++)
        {
            _ = present[i] ? builder.Set(Paths[i], values[i]) : builder;
        }

        _ = present[4] ? map.Set("x", values[4]) : map;
        _ = present[5] ? map.Set("y", values[5]) : map;
        builder.Set("m", Small(map.Build()) ? map.Build() : AttributeValue.Null);
        builder.Set("l", values[6].Levels < 4 && values[7].Levels < 4 ? AttributeValue.List(values[6..(present[6] ? 8 : 7)]) : 1);
        return builder.Build();
    });

    public static readonly Gen<DrawnCondition> Condition = Of(depth: 3);

    public static Gen<T> From<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static bool Small(Item map) => map.Values.All(value => value.Levels < AttributeValue.LevelsMax);

    private static Gen<DrawnCondition> Of(int depth)
    {
        if (depth == 0)
        {
            return Leaf;
        }

        Gen<DrawnCondition> inner = Of(depth - 1);
        return Gen.Frequency(
            (3, Leaf),
            (1, inner.Select(Not)),
            (2, Gen.Select(inner, inner, Gen.Bool, Join)));
    }

    private static Gen<DrawnCondition> Leaf => Gen.OneOf(
        Gen.Select(From(Paths), Scalar, From("<", "<=", ">", ">="), Ordered),
        Gen.Select(From(Paths), Any, Gen.Bool, Equal),
        Gen.Select(From(Paths), Any, Any, In),
        Gen.Select(From(Paths), Any, Contains),
        Gen.Select(From(Paths), Gen.Bool, Exists));

    private static DrawnCondition Not(DrawnCondition term) => new($"NOT ({term.Text})", term.Values, item => !term.Holds(item));

    private static DrawnCondition Join(DrawnCondition left, DrawnCondition right, bool isAnd)
    {
        string shifted = right.Text;
        for (int i = right.Values.Length - 1; i >= 0; i--)
        {
            shifted = shifted.Replace($":v{i}?", $":v{i + left.Values.Length}?", StringComparison.Ordinal);
        }

        return new DrawnCondition(
            $"({left.Text}) {(isAnd ? "AND" : "OR")} ({shifted})",
            [.. left.Values, .. right.Values],
            item => isAnd ? left.Holds(item) && right.Holds(item) : left.Holds(item) || right.Holds(item));
    }

    private static DrawnCondition Ordered(string path, AttributeValue value, string sign) => new(
        $"{path} {sign} :v0?",
        [value],
        item => Find(item, path) is { } found && found.Kind == value.Kind && sign switch
        {
            "<" => Order(found, value) < 0,
            "<=" => Order(found, value) <= 0,
            ">" => Order(found, value) > 0,
            _ => Order(found, value) >= 0,
        });

    private static DrawnCondition Equal(string path, AttributeValue value, bool isEqual) => new(
        $"{path} {(isEqual ? "=" : "<>")} :v0?", [value], item => (Find(item, path) == value) == isEqual);

    private static DrawnCondition In(string path, AttributeValue first, AttributeValue second) => new(
        $"{path} IN (:v0?, :v1?)", [first, second], item => Find(item, path) is { } found && (found == first || found == second));

    private static DrawnCondition Exists(string path, bool exists) => new(
        exists ? $"attribute_exists({path})" : $"attribute_not_exists({path})", [], item => Find(item, path) is not null == exists);

    private static DrawnCondition Contains(string path, AttributeValue value)
        => new($"contains({path}, :v0?)", [value], item => Contains(Find(item, path), value));

    private static bool Contains(AttributeValue? container, AttributeValue sought) => (container?.Kind, sought.Kind) switch
    {
        (AttributeKind.String, AttributeKind.String) => container!.AsString().Contains(sought.AsString(), StringComparison.Ordinal),
        (AttributeKind.Binary, AttributeKind.Binary) => container!.AsBinary().Span.IndexOf(sought.AsBinary().Span) >= 0,
        (AttributeKind.StringSet, AttributeKind.String) => container!.AsStringSet().Contains(sought.AsString()),
        (AttributeKind.NumberSet, AttributeKind.Number) => container!.AsNumberSet().Contains(sought.AsNumber()),
        (AttributeKind.BinarySet, AttributeKind.Binary)
            => container!.AsBinarySet().Any(member => member.Span.SequenceEqual(sought.AsBinary().Span)),
        (AttributeKind.List, _) => container!.AsList().Contains(sought),
        _ => false,
    };

    private static AttributeValue? Find(Item item, string path) => path switch
    {
        "m.x" or "m.y" => item["m"].Kind == AttributeKind.Map ? item["m"].AsMap().Find(path[2..]) : null,
        "l[0]" or "l[1]" => item["l"].Kind == AttributeKind.List ? item["l"].AsList().ElementAtOrDefault(path[2] - '0') : null,
        _ => item.Find(path),
    };

    private static int Order(AttributeValue left, AttributeValue right) => left.Kind switch
    {
        AttributeKind.Number => left.AsNumber().CompareTo(right.AsNumber()),
        AttributeKind.Binary => left.AsBinary().Span.SequenceCompareTo(right.AsBinary().Span),
        _ => string.CompareOrdinal(left.AsString(), right.AsString()),
    };
}
