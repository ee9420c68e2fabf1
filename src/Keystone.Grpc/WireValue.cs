using Google.Protobuf;
using Keystone.Grpc.Messages;
using Keystone.Model;
using Keystone.Model.Items;

namespace Keystone.Grpc;

/// <summary>
/// Values between their messages and the model. A message without a value is refused; so is whatever the model refuses, such as a text
/// that is no number. Sets have no message of their own and go out as lists. Recursion ends at the depth that the model and the parser
/// of messages allow.
/// </summary>
public static class WireValue
{
    /// <summary>
    /// The value that a message stands for. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it stands for none.
    /// </summary>
    public static AttributeValue ToModel(Value message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.ValueCase switch
        {
            Value.ValueOneofCase.StringValue => AttributeValue.String(message.StringValue),
            Value.ValueOneofCase.NumberValue => AttributeValue.Number(message.NumberValue),
            Value.ValueOneofCase.BinaryValue => AttributeValue.Binary(message.BinaryValue.Span),
            Value.ValueOneofCase.BoolValue => AttributeValue.Boolean(message.BoolValue),
            Value.ValueOneofCase.NullValue => AttributeValue.Null,
            Value.ValueOneofCase.ListValue => AttributeValue.List(message.ListValue.Items.Select(ToModel)),
            Value.ValueOneofCase.MapValue => AttributeValue.Map(WireItem.ToBuilder(message.MapValue.Fields).Build()),
            Value.ValueOneofCase.VectorValue => AttributeValue.Vector([.. message.VectorValue.Values]),
            Value.ValueOneofCase.TimestampValue => AttributeValue.Timestamp(unchecked((long)message.TimestampValue)),
            _ => throw KeystoneException.Validation("Value field is missing"),
        };
    }

    /// <summary>The message of a value of an encoded item, read in place.</summary>
    public static Value ToMessage(ValueReader value) => value.Kind switch
    {
        AttributeKind.String => new Value { StringValue = value.AsString() },
        AttributeKind.Number => new Value { NumberValue = value.Number.ToString() },
        AttributeKind.Binary => new Value { BinaryValue = ByteString.CopyFrom(value.Binary) },
        AttributeKind.Boolean => new Value { BoolValue = value.Boolean },
        AttributeKind.Null => new Value { NullValue = NullValue.NullValue },
        AttributeKind.List => new Value { ListValue = ToList(value.List) },
        AttributeKind.Map => new Value { MapValue = ToMap(value.Map) },
        AttributeKind.Timestamp => new Value { TimestampValue = unchecked((ulong)value.TimestampMilliseconds) },
        _ => ToMessage(value.ToValue()),
    };

    /// <summary>The kinds that are not read in place: vectors, and sets as lists of their members.</summary>
    private static Value ToMessage(AttributeValue value)
    {
        if (value.Kind == AttributeKind.Vector)
        {
            var vector = new VectorValue();
            vector.Values.Capacity = value.AsVector().Length;
            foreach (float element in value.AsVector().Span)
            {
                vector.Values.Add(element);
            }

            return new Value { VectorValue = vector };
        }

        var members = new ListValue();
        members.Items.Add(value.Kind switch
        {
            AttributeKind.StringSet => value.AsStringSet().Select(member => new Value { StringValue = member }),
            AttributeKind.NumberSet => value.AsNumberSet().Select(member => new Value { NumberValue = member.ToString() }),
            AttributeKind.BinarySet => value.AsBinarySet().Select(member => new Value { BinaryValue = ByteString.CopyFrom(member.Span) }),
            _ => throw KeystoneException.CorruptItem($"a value has the unknown kind {(byte)value.Kind}"),
        });
        return new Value { ListValue = members };
    }

    private static ListValue ToList(ListReader list)
    {
        var message = new ListValue();
        message.Items.Capacity = list.Count;
        for (int i = 0; i < list.Count; i++)
        {
            message.Items.Add(ToMessage(list[i]));
        }

        return message;
    }

    private static MapValue ToMap(ItemReader map)
    {
        var message = new MapValue();
        for (int i = 0; i < map.Count; i++)
        {
            message.Fields.Add(map[i].Name, ToMessage(map[i].Value));
        }

        return message;
    }
}
