using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Keystone.Model.Items;

/// <summary>
/// Items as JSON, in two forms; numbers are exact in both.
/// <list type="bullet">
/// <item>Plain JSON: what people write. In: string, number, true, false, null, array (list), object (map). Out: the same; binaries as
/// base64, sets and vectors as arrays, timestamps as milliseconds, so these come back as other kinds.</item>
/// <item>DynamoDB JSON: every value in an object that names its type: S, N, B, BOOL, NULL, L, M, SS, NS, BS, and KeystoneDB's VecF32 (array
/// of numbers) and Ts (milliseconds as a string). Out and in again is the same item.</item>
/// </list>
/// Text that is not JSON or no item throws <see cref="KeystoneErrorCode.ValidationFailed"/> with line and column.
/// </summary>
public static class ItemJson
{
    /// <summary>Text in JSON stays readable: only what JSON demands is escaped.</summary>
    private static readonly JavaScriptEncoder Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;

    /// <summary>
    /// DynamoDB JSON nests twice for every level of an item. There is room for a little more, so that it is always the rule on levels that
    /// refuses what is too deep, by its own name.
    /// </summary>
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = (2 * AttributeValue.LevelsMax) + 4 };

    /// <summary>An item from plain JSON, which must be one object.</summary>
    public static Item Parse(ReadOnlySpan<byte> utf8Json) => ParseWhole(utf8Json, PlainJsonReader.ReadItem);

    /// <summary>An item from plain JSON, which must be one object.</summary>
    public static Item Parse([StringSyntax(StringSyntaxAttribute.Json)] string json) => Parse(Utf8Of(json));

    /// <summary>An item from DynamoDB JSON: an object of attributes such as <c>{"id":{"S":"a"}}</c>.</summary>
    public static Item ParseDynamoJson(ReadOnlySpan<byte> utf8Json) => ParseWhole(utf8Json, DynamoJsonReader.ReadItem);

    /// <summary>An item from DynamoDB JSON: an object of attributes such as <c>{"id":{"S":"a"}}</c>.</summary>
    public static Item ParseDynamoJson([StringSyntax(StringSyntaxAttribute.Json)] string json) => ParseDynamoJson(Utf8Of(json));

    /// <summary>A value from plain JSON.</summary>
    public static AttributeValue ParseValue([StringSyntax(StringSyntaxAttribute.Json)] string json)
        => ParseWhole(Utf8Of(json), PlainJsonReader.ReadValue);

    /// <summary>A value from DynamoDB JSON such as <c>{"S":"a"}</c>.</summary>
    public static AttributeValue ParseDynamoJsonValue([StringSyntax(StringSyntaxAttribute.Json)] string json)
        => ParseWhole(Utf8Of(json), DynamoJsonReader.ReadValue);

    /// <summary>An item as plain JSON.</summary>
    public static string ToJson(Item item, bool indented = false) => Text(indented, writer => Write(writer, item));

    /// <summary>A value as plain JSON.</summary>
    public static string ToJson(AttributeValue value, bool indented = false)
        => Text(indented, writer => PlainJsonWriter.Write(writer, value));

    /// <summary>An item as DynamoDB JSON.</summary>
    public static string ToDynamoJson(Item item, bool indented = false) => Text(indented, writer => WriteDynamoJson(writer, item));

    /// <summary>A value as DynamoDB JSON.</summary>
    public static string ToDynamoJson(AttributeValue value, bool indented = false)
        => Text(indented, writer => DynamoJsonWriter.Write(writer, value));

    /// <summary>Writes an item as plain JSON.</summary>
    public static void Write(Utf8JsonWriter writer, Item item)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(item);
        PlainJsonWriter.Write(writer, item);
    }

    /// <summary>Writes an item as DynamoDB JSON.</summary>
    public static void WriteDynamoJson(Utf8JsonWriter writer, Item item)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(item);
        DynamoJsonWriter.Write(writer, item);
    }

    /// <summary>
    /// Reads an item as DynamoDB JSON; the reader stands on its first token and ends on its last. Errors of the JSON itself are the
    /// reader's.
    /// </summary>
    public static Item ReadDynamoJson(ref Utf8JsonReader reader) => DynamoJsonReader.ReadItem(ref reader);

    /// <summary>Reads an item as plain JSON; the reader stands on its first token and ends on its last.</summary>
    public static Item Read(ref Utf8JsonReader reader) => PlainJsonReader.ReadItem(ref reader);

    /// <summary>The text of the token that the reader stands on. Refuses what is no Unicode text.</summary>
    internal static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException e) when (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ValidationFailed,
                "A JSON string holds a lone surrogate or bytes that are no UTF-8; it is no valid Unicode text.",
                e);
        }
    }

    internal static KeystoneException Unexpected(ref Utf8JsonReader reader, string expected)
        => KeystoneException.Validation($"The JSON has {reader.TokenType} where {expected} is expected.");

    private static T ParseWhole<T>(ReadOnlySpan<byte> utf8Json, ReadFrom<T> read)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8Json, ReaderOptions);
            reader.Read();
            T result = read(ref reader);
            return reader.Read() ? throw Unexpected(ref reader, "the end") : result;
        }
        catch (JsonException e)
        {
            throw new KeystoneException(
                KeystoneErrorCode.ValidationFailed,
                $"The text is no valid JSON at line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}. "
                    + "Look there for a missing quote, comma or bracket.",
                e);
        }
    }

    private static byte[] Utf8Of(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        NameOrder.RequireWellFormed(json, "The JSON text");
        return NameOrder.Utf8.GetBytes(json);
    }

    private static string Text(bool indented, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var options = new JsonWriterOptions { Indented = indented, Encoder = Encoder, SkipValidation = true };
        using (var writer = new Utf8JsonWriter(buffer, options))
        {
            write(writer);
        }

        return NameOrder.Utf8.GetString(buffer.WrittenSpan);
    }

    private delegate T ReadFrom<T>(ref Utf8JsonReader reader);
}
