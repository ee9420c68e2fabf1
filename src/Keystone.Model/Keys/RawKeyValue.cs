using System.Text;
using Keystone.Model.Items;

namespace Keystone.Model.Keys;

/// <summary>
/// A key value as type and raw bytes: UTF-8 of a text, the bytes of a binary, the ordered bytes of a number. It comes from a value or
/// straight from an encoded item, without a copy in the latter case.
/// </summary>
internal readonly ref struct RawKeyValue
{
    private RawKeyValue(KeyType type, ReadOnlySpan<byte> bytes)
    {
        Type = type;
        Bytes = bytes;
        if (bytes.IsEmpty)
        {
            throw KeystoneException.Validation(
                "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
                + (type == KeyType.String ? "string" : "binary") + " value.");
        }
    }

    public KeyType Type { get; }

    public ReadOnlySpan<byte> Bytes { get; }

    public static RawKeyValue Of(AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        switch (value.Kind)
        {
            case AttributeKind.String:
                return new RawKeyValue(KeyType.String, Encoding.UTF8.GetBytes(value.AsString()));
            case AttributeKind.Binary:
                return new RawKeyValue(KeyType.Binary, value.AsBinary().Span);
            case AttributeKind.Number:
                byte[] bytes = new byte[NumberBytes.Length(value.AsNumber())];
                NumberBytes.Write(value.AsNumber(), bytes);
                return new RawKeyValue(KeyType.Number, bytes);
            default:
                throw NoKey(value.Kind);
        }
    }

    public static RawKeyValue Of(ValueReader value) => value.Kind switch
    {
        AttributeKind.String => new RawKeyValue(KeyType.String, value.Utf8String),
        AttributeKind.Binary => new RawKeyValue(KeyType.Binary, value.Binary),
        AttributeKind.Number => new RawKeyValue(KeyType.Number, value.OrderedNumber),
        _ => throw NoKey(value.Kind),
    };

    private static KeystoneException NoKey(AttributeKind kind)
        => KeystoneException.Validation($"A key value is a string, a number or a binary; this one is a {kind}.");
}
