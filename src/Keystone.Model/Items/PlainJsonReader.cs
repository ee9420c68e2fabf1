using System.Buffers;
using System.Text.Json;

namespace Keystone.Model.Items;

/// <summary>Plain JSON to items. The reader stands on the first token of what is read and ends on its last.</summary>
internal static class PlainJsonReader
{
    public static Item ReadItem(ref Utf8JsonReader reader) => ReadItem(ref reader, 1);

    public static AttributeValue ReadValue(ref Utf8JsonReader reader) => ReadValue(ref reader, 1);

    /// <summary>A number token without a detour over floating point.</summary>
    public static KeystoneNumber ReadNumber(ref Utf8JsonReader reader)
        => KeystoneNumber.Parse(reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan);

    private static Item ReadItem(ref Utf8JsonReader reader, int level)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw ItemJson.Unexpected(ref reader, "an object");
        }

        var builder = new ItemBuilder();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = ItemJson.Text(ref reader);
            reader.Read();
            builder.Add(name, ReadValue(ref reader, level));
        }

        return builder.Build();
    }

    private static AttributeValue ReadValue(ref Utf8JsonReader reader, int level)
    {
        if (level > AttributeValue.LevelsMax)
        {
            throw AttributeValue.TooDeep();
        }

        return reader.TokenType switch
        {
            JsonTokenType.String => AttributeValue.String(ItemJson.Text(ref reader)),
            JsonTokenType.Number => AttributeValue.Number(ReadNumber(ref reader)),
            JsonTokenType.True => AttributeValue.True,
            JsonTokenType.False => AttributeValue.False,
            JsonTokenType.Null => AttributeValue.Null,
            JsonTokenType.StartArray => ReadList(ref reader, level + 1),
            JsonTokenType.StartObject => AttributeValue.Map(ReadItem(ref reader, level + 1)),
            _ => throw ItemJson.Unexpected(ref reader, "a value"),
        };
    }

    private static AttributeValue ReadList(ref Utf8JsonReader reader, int level)
    {
        var values = new List<AttributeValue>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            values.Add(ReadValue(ref reader, level));
        }

        return AttributeValue.OwnedList([.. values]);
    }
}
