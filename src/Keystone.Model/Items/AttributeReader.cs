namespace Keystone.Model.Items;

/// <summary>One attribute of an encoded item: its name and its value, in place.</summary>
public readonly ref struct AttributeReader
{
    private readonly ReadOnlySpan<byte> _value;

    internal AttributeReader(ReadOnlySpan<byte> entry) => Utf8Name = Split(entry, out _value);

    /// <summary>The name in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8Name { get; }

    /// <summary>The name.</summary>
    public string Name => ValueReader.Text(Utf8Name);

    /// <summary>The value.</summary>
    public ValueReader Value => new(_value);

    internal static ReadOnlySpan<byte> Split(ReadOnlySpan<byte> entry, out ReadOnlySpan<byte> value)
    {
        int position = 0;
        int nameLength = ItemFormat.ReadVar(entry, ref position);
        if (nameLength == 0 || nameLength > entry.Length - position)
        {
            KeystoneException.ThrowCorruptItem("a name is empty or cut off");
        }

        value = entry[(position + nameLength)..];
        return entry.Slice(position, nameLength);
    }
}
