using System.Text.Json;

namespace Keystone.Model.Items;

/// <summary>DynamoDB JSON to items. The reader stands on the first token of what is read and ends on its last.</summary>
internal static class DynamoJsonReader
{
    public static Item ReadItem(ref Utf8JsonReader reader) => ReadItem(ref reader, 1);

    public static AttributeValue ReadValue(ref Utf8JsonReader reader) => ReadValue(ref reader, 1);

    private static Item ReadItem(ref Utf8JsonReader reader, int level)
    {
        Require(ref reader, JsonTokenType.StartObject, "an object of attributes");
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

        Require(ref reader, JsonTokenType.StartObject, "an object that names a type");
        reader.Read();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            throw KeystoneException.Validation(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
        }

        string type = ItemJson.Text(ref reader);
        reader.Read();
        AttributeValue value = ReadContent(ref reader, type, level);
        reader.Read();
        return reader.TokenType == JsonTokenType.EndObject
            ? value
            : throw KeystoneException.Validation(
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes");
    }

    private static AttributeValue ReadContent(ref Utf8JsonReader reader, string type, int level)
    {
        switch (DynamoJsonTypes.KindOf(type))
        {
            case AttributeKind.String:
                return AttributeValue.String(ReadText(ref reader));
            case AttributeKind.Number:
                return AttributeValue.Number(ReadText(ref reader));
            case AttributeKind.Binary:
                return AttributeValue.OwnedBinary(ReadBase64(ref reader));
            case AttributeKind.Boolean:
                return AttributeValue.Boolean(ReadBoolean(ref reader));
            case AttributeKind.Null:
                return ReadBoolean(ref reader)
                    ? AttributeValue.Null
                    : throw KeystoneException.Validation(
                        "One or more parameter values were invalid: Null attribute value types must have the value of true");
            case AttributeKind.List:
                return AttributeValue.OwnedList([.. ReadArray(ref reader, level + 1, ReadValue)]);
            case AttributeKind.Map:
                return AttributeValue.Map(ReadItem(ref reader, level + 1));
            case AttributeKind.StringSet:
                return AttributeValue.StringSet(ReadArray(ref reader, level, static (ref r, _) => ReadText(ref r)));
            case AttributeKind.NumberSet:
                return AttributeValue.NumberSet(ReadArray(ref reader, level, static (ref r, _) => KeystoneNumber.Parse(ReadText(ref r))));
            case AttributeKind.BinarySet:
                return AttributeValue.BinarySet(
                    ReadArray(ref reader, level, static (ref r, _) => new ReadOnlyMemory<byte>(ReadBase64(ref r))));
            case AttributeKind.Vector:
                return AttributeValue.Vector(ReadArray(ref reader, level, static (ref r, _) => ReadSingle(ref r)).ToArray());
            case AttributeKind.Timestamp:
                return AttributeValue.Timestamp(ReadMilliseconds(ref reader));
            default:
                throw KeystoneException.Validation(
                    $"The type '{Shorten(type)}' is unknown; a value is one of S N B BOOL NULL L M SS NS BS VecF32 Ts.");
        }
    }

    private static List<T> ReadArray<T>(ref Utf8JsonReader reader, int level, ReadElement<T> read)
    {
        Require(ref reader, JsonTokenType.StartArray, "an array");
        var elements = new List<T>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            elements.Add(read(ref reader, level));
        }

        return elements;
    }

    private static string ReadText(ref Utf8JsonReader reader)
    {
        Require(ref reader, JsonTokenType.String, "a string");
        return ItemJson.Text(ref reader);
    }

    private static byte[] ReadBase64(ref Utf8JsonReader reader)
    {
        Require(ref reader, JsonTokenType.String, "a base64 string");
        return reader.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw KeystoneException.Validation("A binary value is not base64 with padding.");
    }

    private static bool ReadBoolean(ref Utf8JsonReader reader)
        => reader.TokenType is JsonTokenType.True or JsonTokenType.False
            ? reader.TokenType == JsonTokenType.True
            : throw ItemJson.Unexpected(ref reader, "true or false");

    private static float ReadSingle(ref Utf8JsonReader reader)
    {
        Require(ref reader, JsonTokenType.Number, "a number");
        return reader.TryGetSingle(out float element)
            ? element
            : throw KeystoneException.Validation("An element of a vector is no 32-bit float.");
    }

    private static long ReadMilliseconds(ref Utf8JsonReader reader)
    {
        string text = ReadText(ref reader);
        return long.TryParse(text, System.Globalization.NumberStyles.AllowLeadingSign, null, out long milliseconds)
            ? milliseconds
            : throw KeystoneException.Validation($"The timestamp '{Shorten(text)}' is no count of milliseconds.");
    }

    private static void Require(ref Utf8JsonReader reader, JsonTokenType type, string expected)
    {
        if (reader.TokenType != type)
        {
            throw ItemJson.Unexpected(ref reader, expected);
        }
    }

    private static string Shorten(string text)
    {
        const int ShownLengthMax = 32;
        return text.Length <= ShownLengthMax ? text : text[..ShownLengthMax] + "...";
    }

    private delegate T ReadElement<T>(ref Utf8JsonReader reader, int level);
}
