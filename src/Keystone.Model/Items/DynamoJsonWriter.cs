using System.Text.Json;

namespace Keystone.Model.Items;

/// <summary>Items to DynamoDB JSON.</summary>
internal static class DynamoJsonWriter
{
    public static void Write(Utf8JsonWriter writer, Item item)
    {
        writer.WriteStartObject();
        for (int i = 0; i < item.Count; i++)
        {
            writer.WritePropertyName(item.NameSpan[i]);
            Write(writer, item.ValueSpan[i]);
        }

        writer.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter writer, AttributeValue value)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(DynamoJsonTypes.NameOf(value.Kind));
        WriteContent(writer, value);
        writer.WriteEndObject();
    }

    private static void WriteContent(Utf8JsonWriter writer, AttributeValue value)
    {
        switch (value.Kind)
        {
            case AttributeKind.Number:
                WriteNumberText(writer, value.AsNumber());
                break;
            case AttributeKind.Null:
                writer.WriteBooleanValue(true);
                break;
            case AttributeKind.Timestamp:
                WriteNumberText(writer, value.AsTimestampMilliseconds());
                break;
            case AttributeKind.Map:
                Write(writer, value.AsMap());
                break;
            case AttributeKind.List:
                writer.WriteStartArray();
                foreach (AttributeValue element in value.ListValues())
                {
                    Write(writer, element);
                }

                writer.WriteEndArray();
                break;
            case AttributeKind.NumberSet:
                writer.WriteStartArray();
                foreach (KeystoneNumber member in value.NumberMembers())
                {
                    WriteNumberText(writer, member);
                }

                writer.WriteEndArray();
                break;
            default:
                // Strings, binaries, booleans, their sets and vectors are the same in both forms.
                PlainJsonWriter.Write(writer, value);
                break;
        }
    }

    private static void WriteNumberText(Utf8JsonWriter writer, KeystoneNumber number)
    {
        Span<byte> text = stackalloc byte[KeystoneNumber.TextLengthMax];
        writer.WriteStringValue(text[..number.FormatUtf8(text)]);
    }
}
