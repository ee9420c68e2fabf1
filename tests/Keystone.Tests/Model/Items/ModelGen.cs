using System.Text;
using CsCheck;
using Keystone.Model.Items;

namespace Keystone.Tests.Model.Items;

/// <summary>Generators of numbers, values and items, with the awkward ones more often than chance has them.</summary>
internal static class ModelGen
{
    private static readonly string[] AwkwardTexts =
    [
        "", "a", "aa", "b", "\0", "\0\0", "a\0", "a\0b", "\uFFFD", "\uE000", "\U0001F600", "\uFFFF",
        "\u00FF", "\u007F", "\u0080", "\u07FF", "é", "日本", "\"\\\n",
    ];

    public static readonly Gen<string> Text = Gen.Frequency(
        (3, OneOf(AwkwardTexts)),
        (2, Gen.String[Gen.Char.AlphaNumeric, 0, 12]),
        (1, Gen.Select(OneOf(AwkwardTexts), OneOf(AwkwardTexts), OneOf(AwkwardTexts), (a, b, c) => a + b + c)));

    public static readonly Gen<string> Name = Text.Select(text => text.Replace("\0", "0")).Where(text => text.Length > 0);

    public static readonly Gen<byte[]> Bytes = Gen.Frequency(
        (2, OneOf<byte>(0, 1, 0x7F, 0x80, 0xFE, 0xFF).Array[0, 6]),
        (1, Gen.Byte.Array[0, 20]));

    public static readonly Gen<KeystoneNumber> Number = Gen.Frequency(
        (3, Gen.Int[-1000, 1000].Select(i => (KeystoneNumber)i)),
        (1, Gen.Long.Select(i => (KeystoneNumber)i)),
        (1, Gen.Decimal.Select(d => (KeystoneNumber)d)),
        (1, OneOf(KeystoneNumber.MinValue, KeystoneNumber.MaxValue, KeystoneNumber.Epsilon, -KeystoneNumber.Epsilon, KeystoneNumber.Zero)),
        (4, Gen.Select(Gen.Bool, Gen.Int[0, 9].Array[1, 38], Gen.Int[-130, 125], Compose)));

    public static readonly Gen<AttributeValue> Leaf = Gen.OneOf(
        Text.Select(AttributeValue.String),
        Number.Select(AttributeValue.Number),
        Bytes.Select(bytes => AttributeValue.Binary(bytes)),
        Gen.Bool.Select(AttributeValue.Boolean),
        Gen.Const(AttributeValue.Null),
        Text.Array[1, 5].Select(members => AttributeValue.StringSet(members.Distinct())),
        Number.Array[1, 5].Select(members => AttributeValue.NumberSet(members.Distinct())),
        Bytes.Array[1, 5].Select(members => AttributeValue.BinarySet(
            members.DistinctBy(Convert.ToHexString).Select(member => new ReadOnlyMemory<byte>(member)))),
        Gen.Float.Where(float.IsFinite).Array[0, 4].Select(elements => AttributeValue.Vector(elements)),
        Gen.Long.Select(AttributeValue.Timestamp));

    public static readonly Gen<AttributeValue> Value = ValueOf(depth: 3);

    public static readonly Gen<Item> Item = ItemOf(Value, countMax: 6);

    public static readonly Gen<AttributeValue> KeyValue = Gen.OneOf(
        Text.Where(text => text.Length > 0).Select(AttributeValue.String),
        Number.Select(AttributeValue.Number),
        Bytes.Where(bytes => bytes.Length > 0).Select(bytes => AttributeValue.Binary(bytes)));

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static Gen<AttributeValue> ValueOf(int depth)
    {
        if (depth == 0)
        {
            return Leaf;
        }

        Gen<AttributeValue> inner = ValueOf(depth - 1);
        return Gen.Frequency(
            (5, Leaf),
            (1, inner.Array[0, 4].Select(values => AttributeValue.List(values))),
            (1, ItemOf(inner, countMax: 4).Select(AttributeValue.Map)));
    }

    private static Gen<Item> ItemOf(Gen<AttributeValue> value, int countMax)
        => Gen.Select(Name, value).Array[0, countMax].Select(attributes =>
        {
            var builder = new ItemBuilder();
            foreach ((string name, AttributeValue v) in attributes)
            {
                builder.Set(name, v);
            }

            return builder.Build();
        });

    private static KeystoneNumber Compose(bool negative, int[] digits, int leadingExponent)
    {
        var text = new StringBuilder(negative ? "-" : "");
        text.Append(digits[0] == 0 ? 1 : digits[0]).Append('.').AppendJoin("", digits[1..]);
        return KeystoneNumber.Parse(text.Append('E').Append(leadingExponent).ToString());
    }
}
