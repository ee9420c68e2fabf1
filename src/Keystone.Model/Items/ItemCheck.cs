using System.Buffers.Binary;
using System.Text.Unicode;
using Keystone.Model.Schema;

namespace Keystone.Model.Items;

/// <summary>
/// One pass over encoded bytes that came from outside: either they are exactly what the encoder would write for some item, or
/// <see cref="KeystoneErrorCode.CorruptItem"/> is thrown. Answers the item's size as DynamoDB counts it, because the pass sees every byte
/// anyhow. Allocates nothing; recursion ends at <see cref="AttributeValue.LevelsMax"/>.
/// </summary>
internal static class ItemCheck
{
    public static long Item(ReadOnlySpan<byte> item) => Entries(ItemCodec.TableOf(item), level: 1);

    public static long Value(ReadOnlySpan<byte> value) => Value(value, level: 1);

    private static long Entries(ReadOnlySpan<byte> source, int level)
    {
        var table = ElementTable.Open(source);
        long size = 0;
        ReadOnlySpan<byte> earlier = default;
        for (int i = 0; i < table.Count; i++)
        {
            ReadOnlySpan<byte> name = AttributeReader.Split(table[i], out ReadOnlySpan<byte> value);
            if (i > 0 && earlier.SequenceCompareTo(name) >= 0)
            {
                KeystoneException.ThrowCorruptItem("names are not in ascending order");
            }

            if (name.Length > ItemLimits.NameBytesMax || name.Contains((byte)0) || !Utf8.IsValid(name))
            {
                KeystoneException.ThrowCorruptItem("a name is too long, holds NUL or is no UTF-8");
            }

            earlier = name;
            size += name.Length + Value(value, level);
        }

        return size;
    }

    private static long Value(ReadOnlySpan<byte> value, int level)
    {
        if (value.IsEmpty || level > AttributeValue.LevelsMax)
        {
            KeystoneException.ThrowCorruptItem(value.IsEmpty ? "a value is missing" : "values are nested too deeply");
        }

        ReadOnlySpan<byte> payload = value[1..];
        var kind = (AttributeKind)value[0];
        switch (kind)
        {
            case AttributeKind.String:
                Require(Utf8.IsValid(payload), "a string is no UTF-8");
                return payload.Length;
            case AttributeKind.Number:
                return Number(payload);
            case AttributeKind.Binary:
                return payload.Length;
            case AttributeKind.Boolean:
                Require(payload.Length == 1 && payload[0] <= 1, "a boolean is neither 0 nor 1");
                return 1;
            case AttributeKind.Null:
                Require(payload.IsEmpty, "a null has content");
                return 1;
            case AttributeKind.List:
                return List(payload, level + 1);
            case AttributeKind.Map:
                return ItemSize.ContainerBytes + (ItemSize.ElementBytes * ElementTable.Open(payload).Count) + Entries(payload, level + 1);
            case AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet:
                return Members(payload, kind);
            case AttributeKind.Vector:
                return Vector(payload);
            case AttributeKind.Timestamp:
                Require(payload.Length == sizeof(long), "a timestamp is not 8 bytes");
                return payload.Length;
            default:
                throw ValueCodec.UnknownKind(kind);
        }
    }

    private static long List(ReadOnlySpan<byte> payload, int level)
    {
        var table = ElementTable.Open(payload);
        long size = ItemSize.ContainerBytes;
        for (int i = 0; i < table.Count; i++)
        {
            size += ItemSize.ElementBytes + Value(table[i], level);
        }

        return size;
    }

    private static long Members(ReadOnlySpan<byte> payload, AttributeKind kind)
    {
        var table = ElementTable.Open(payload);
        Require(table.Count > 0, "a set is empty");
        long size = 0;
        for (int i = 0; i < table.Count; i++)
        {
            ReadOnlySpan<byte> member = table[i];
            Require(i == 0 || table[i - 1].SequenceCompareTo(member) < 0, "members of a set are not in ascending order");
            Require(kind != AttributeKind.StringSet || Utf8.IsValid(member), "a member of a set is no UTF-8");
            size += kind == AttributeKind.NumberSet ? Number(member) : member.Length;
        }

        return size;
    }

    private static int Number(ReadOnlySpan<byte> number)
    {
        Require(NumberBytes.Check(number) == number.Length, "bytes follow a number");
        return NumberBytes.ItemSizeOf(number);
    }

    private static int Vector(ReadOnlySpan<byte> payload)
    {
        Require(payload.Length % sizeof(float) == 0, "a vector ends inside an element");
        for (int at = 0; at < payload.Length; at += sizeof(float))
        {
            Require(float.IsFinite(BinaryPrimitives.ReadSingleLittleEndian(payload[at..])), "a vector has an element that is not finite");
        }

        return payload.Length;
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition)
        {
            KeystoneException.ThrowCorruptItem(otherwise);
        }
    }
}
