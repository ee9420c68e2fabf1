using System.Text.Json;

namespace Keystone.Model.Items;

/// <summary>Items to plain JSON. Numbers are written digit by digit, never through floating point.</summary>
internal static class PlainJsonWriter
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
        switch (value.Kind)
        {
            case AttributeKind.String:
                writer.WriteStringValue(value.AsString());
                break;
            case AttributeKind.Number:
                WriteNumber(writer, value.AsNumber());
                break;
            case AttributeKind.Binary:
                writer.WriteBase64StringValue(value.AsBinary().Span);
                break;
            case AttributeKind.Boolean:
                writer.WriteBooleanValue(value.AsBoolean());
                break;
            case AttributeKind.Null:
                writer.WriteNullValue();
                break;
            case AttributeKind.Map:
                Write(writer, value.AsMap());
                break;
            case AttributeKind.Timestamp:
                writer.WriteNumberValue(value.AsTimestampMilliseconds());
                break;
            default:
                WriteArray(writer, value);
                break;
        }
    }

    public static void WriteNumber(Utf8JsonWriter writer, KeystoneNumber number)
    {
        Span<byte> text = stackalloc byte[KeystoneNumber.TextLengthMax];
        writer.WriteRawValue(text[..number.FormatUtf8(text)], skipInputValidation: true);
    }

    public static void WriteVector(Utf8JsonWriter writer, ReadOnlySpan<float> elements)
    {
        writer.WriteStartArray();
        foreach (float element in elements)
        {
            writer.WriteNumberValue(element);
        }

        writer.WriteEndArray();
    }

    private static void WriteArray(Utf8JsonWriter writer, AttributeValue value)
    {
        if (value.Kind == AttributeKind.Vector)
        {
            WriteVector(writer, value.AsVector().Span);
            return;
        }

        writer.WriteStartArray();
        switch (value.Kind)
        {
            case AttributeKind.List:
                foreach (AttributeValue element in value.ListValues())
                {
                    Write(writer, element);
                }

                break;
            case AttributeKind.StringSet:
                foreach (string member in value.StringMembers())
                {
                    writer.WriteStringValue(member);
                }

                break;
            case AttributeKind.NumberSet:
                foreach (KeystoneNumber member in value.NumberMembers())
                {
                    WriteNumber(writer, member);
                }

                break;
            case AttributeKind.BinarySet:
                foreach (byte[] member in value.BinaryMembers())
                {
                    writer.WriteBase64StringValue(member);
                }

                break;
            default:
                throw ValueCodec.UnknownKind(value.Kind);
        }

        writer.WriteEndArray();
    }
}
