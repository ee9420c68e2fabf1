using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Keystone.Model.Items;

/// <summary>
/// Writes values and tables in the item format. Lengths are measured first and kept in the immutable values, so that every byte is
/// written once, in its place. Recursion ends at <see cref="AttributeValue.LevelsMax"/>, which values guarantee.
/// </summary>
internal static class ValueCodec
{
    public static int MeasurePayload(AttributeValue value) => value.Kind switch
    {
        AttributeKind.String => NameOrder.Utf8.GetByteCount(value.AsString()),
        AttributeKind.Number => NumberBytes.Length(value.AsNumber()),
        AttributeKind.Binary => value.AsBinary().Length,
        AttributeKind.Boolean => 1,
        AttributeKind.Null => 0,
        AttributeKind.List => MeasureList(value.ListValues()),
        AttributeKind.Map => value.AsMap().TableLength,
        AttributeKind.StringSet => MeasureMembers(value.StringMembers(), static member => NameOrder.Utf8.GetByteCount(member)),
        AttributeKind.NumberSet => MeasureMembers(value.NumberMembers(), static member => NumberBytes.Length(member)),
        AttributeKind.BinarySet => MeasureMembers(value.BinaryMembers(), static member => member.Length),
        AttributeKind.Vector => value.AsVector().Length * sizeof(float),
        AttributeKind.Timestamp => sizeof(long),
        _ => throw UnknownKind(value.Kind),
    };

    public static int MeasureTable(Item item)
    {
        long data = 0;
        ReadOnlySpan<AttributeValue> values = item.ValueSpan;
        for (int i = 0; i < values.Length; i++)
        {
            data += EntryLength(item.NameSpan[i], values[i]);
        }

        return ItemFormat.TableLength(values.Length, data);
    }

    /// <summary>Writes the table of an item and returns its length.</summary>
    public static int WriteTable(Item item, Span<byte> destination)
    {
        int length = item.TableLength;
        var table = new TableWriter(destination[..length], item.Count);
        for (int i = 0; i < item.Count; i++)
        {
            Span<byte> entry = table.NextElement();
            int nameLength = NameOrder.Utf8.GetByteCount(item.NameSpan[i]);
            int at = ItemFormat.WriteVar(entry, nameLength);
            at += NameOrder.Utf8.GetBytes(item.NameSpan[i], entry[at..]);
            at += WriteValue(item.ValueSpan[i], entry[at..]);
            table.EndElement(at);
        }

        return length;
    }

    /// <summary>Writes kind and payload of a value and returns their length.</summary>
    public static int WriteValue(AttributeValue value, Span<byte> destination)
    {
        destination[0] = (byte)value.Kind;
        return 1 + WritePayload(value, destination[1..]);
    }

    public static KeystoneException UnknownKind(AttributeKind kind)
        => KeystoneException.CorruptItem($"a value has the unknown kind {(byte)kind}");

    private static int WritePayload(AttributeValue value, Span<byte> destination)
    {
        switch (value.Kind)
        {
            case AttributeKind.String:
                return NameOrder.Utf8.GetBytes(value.AsString(), destination);
            case AttributeKind.Number:
                return NumberBytes.Write(value.AsNumber(), destination);
            case AttributeKind.Binary:
                value.AsBinary().Span.CopyTo(destination);
                return value.AsBinary().Length;
            case AttributeKind.Boolean:
                destination[0] = value.AsBoolean() ? (byte)1 : (byte)0;
                return 1;
            case AttributeKind.Null:
                return 0;
            case AttributeKind.List:
                return WriteList(value, destination);
            case AttributeKind.Map:
                return WriteTable(value.AsMap(), destination);
            case AttributeKind.Vector:
                return WriteVector(value.AsVector().Span, destination);
            case AttributeKind.Timestamp:
                BinaryPrimitives.WriteInt64LittleEndian(destination, value.AsTimestampMilliseconds());
                return sizeof(long);
            default:
                return WriteSet(value, destination);
        }
    }

    private static int WriteList(AttributeValue list, Span<byte> destination)
    {
        ReadOnlySpan<AttributeValue> values = list.ListValues();
        var table = new TableWriter(destination[..list.PayloadLength], values.Length);
        foreach (AttributeValue value in values)
        {
            table.EndElement(WriteValue(value, table.NextElement()));
        }

        return list.PayloadLength;
    }

    private static int WriteSet(AttributeValue set, Span<byte> destination)
    {
        Span<byte> place = destination[..set.PayloadLength];
        switch (set.Kind)
        {
            case AttributeKind.StringSet:
                WriteMembers(set.StringMembers(), place, static (member, to) => NameOrder.Utf8.GetBytes(member, to));
                break;
            case AttributeKind.NumberSet:
                WriteMembers(set.NumberMembers(), place, static (member, to) => NumberBytes.Write(member, to));
                break;
            case AttributeKind.BinarySet:
                WriteMembers(set.BinaryMembers(), place, static (member, to) =>
                {
                    member.CopyTo(to);
                    return member.Length;
                });
                break;
            default:
                throw UnknownKind(set.Kind);
        }

        return set.PayloadLength;
    }

    private static void WriteMembers<T>(ReadOnlySpan<T> members, Span<byte> place, MemberWriter<T> write)
    {
        var table = new TableWriter(place, members.Length);
        foreach (T member in members)
        {
            table.EndElement(write(member, table.NextElement()));
        }
    }

    private static int WriteVector(ReadOnlySpan<float> elements, Span<byte> destination)
    {
        if (BitConverter.IsLittleEndian)
        {
            MemoryMarshal.AsBytes(elements).CopyTo(destination);
        }
        else
        {
            for (int i = 0; i < elements.Length; i++)
            {
                BinaryPrimitives.WriteSingleLittleEndian(destination[(i * sizeof(float))..], elements[i]);
            }
        }

        return elements.Length * sizeof(float);
    }

    private static long EntryLength(string name, AttributeValue value)
    {
        int nameLength = NameOrder.Utf8.GetByteCount(name);
        return ItemFormat.VarLength(nameLength) + nameLength + 1L + value.PayloadLength;
    }

    private static int MeasureList(ReadOnlySpan<AttributeValue> values)
    {
        long data = 0;
        foreach (AttributeValue value in values)
        {
            data += 1L + value.PayloadLength;
        }

        return ItemFormat.TableLength(values.Length, data);
    }

    private static int MeasureMembers<T>(ReadOnlySpan<T> members, Func<T, int> measure)
    {
        long data = 0;
        foreach (T member in members)
        {
            data += measure(member);
        }

        return ItemFormat.TableLength(members.Length, data);
    }

    private delegate int MemberWriter<T>(T member, Span<byte> destination);
}
