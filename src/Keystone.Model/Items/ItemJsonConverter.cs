using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keystone.Model.Items;

/// <summary>Lets System.Text.Json read and write items as plain JSON.</summary>
public sealed class ItemJsonConverter : JsonConverter<Item>
{
    /// <inheritdoc/>
    public override Item Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => ItemJson.Read(ref reader);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Item value, JsonSerializerOptions options) => ItemJson.Write(writer, value);
}
