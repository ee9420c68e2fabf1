using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using Keystone.Model.Schema;

namespace Keystone.Model.Items;

/// <summary>
/// A map of attributes, immutable: a whole item, or a map inside one.
/// <para>
/// What enters: names and values, through <see cref="ItemBuilder"/>, <see cref="Of"/>, JSON or <see cref="EncodedItem.ToItem"/>. What
/// always holds: names are not empty, well formed, without NUL, different, and in the order of their UTF-8 bytes, which is also the order
/// of enumeration, of JSON and of the encoded form.
/// </para>
/// </summary>
[JsonConverter(typeof(ItemJsonConverter))]
public sealed class Item : IReadOnlyDictionary<string, AttributeValue>, IEquatable<Item>
{
    private readonly string[] _names;
    private readonly AttributeValue[] _values;

    /// <summary>The length of the table in the item format, once it is known. Whoever computes it computes the same.</summary>
    private int _tableLength = -1;

    /// <summary>Requires names as the type promises them; owns both arrays from now on.</summary>
    internal Item(string[] names, AttributeValue[] values)
    {
        Invariant.Require(names.Length == values.Length);
        _names = names;
        _values = values;
        foreach (AttributeValue value in values)
        {
            Levels = Math.Max(Levels, value.Levels);
        }
    }

    /// <summary>The item without attributes.</summary>
    public static Item Empty { get; } = new([], []);

    /// <inheritdoc/>
    public int Count => _names.Length;

    /// <inheritdoc/>
    public IEnumerable<string> Keys => _names;

    /// <inheritdoc/>
    public IEnumerable<AttributeValue> Values => _values;

    /// <summary>The levels of the deepest attribute; 0 for an item without attributes.</summary>
    internal int Levels { get; }

    internal ReadOnlySpan<string> NameSpan => _names;

    internal ReadOnlySpan<AttributeValue> ValueSpan => _values;

    internal int TableLength => _tableLength >= 0 ? _tableLength : _tableLength = ValueCodec.MeasureTable(this);

    /// <summary>The value of an attribute. Throws <see cref="KeyNotFoundException"/> if the item has none of that name.</summary>
    public AttributeValue this[string name]
        => Find(name) ?? throw new KeyNotFoundException($"The item has no attribute '{name}'.");

    /// <summary>
    /// An item of these attributes. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for names that are not allowed or repeat.
    /// </summary>
    public static Item Of(params ReadOnlySpan<(string Name, AttributeValue Value)> attributes)
    {
        var builder = new ItemBuilder();
        foreach ((string name, AttributeValue value) in attributes)
        {
            builder.Add(name, value);
        }

        return builder.Build();
    }

    /// <summary>The value of an attribute, or null.</summary>
    public AttributeValue? Find(string name)
    {
        int index = IndexOf(name);
        return index < 0 ? null : _values[index];
    }

    /// <summary>This item with one attribute set.</summary>
    public Item With(string name, AttributeValue value) => ToBuilder().Set(name, value).Build();

    /// <summary>This item without one attribute; the same item if it has none of that name.</summary>
    public Item Without(string name) => IndexOf(name) < 0 ? this : ToBuilder().Remove(name).Build();

    /// <summary>A builder that starts with the attributes of this item.</summary>
    public ItemBuilder ToBuilder() => new(this);

    /// <summary>The item as bytes.</summary>
    public EncodedItem Encode() => EncodedItem.Encode(this);

    /// <inheritdoc/>
    public bool ContainsKey(string key) => IndexOf(key) >= 0;

    /// <inheritdoc/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out AttributeValue value)
    {
        value = Find(key);
        return value is not null;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator()
    {
        for (int i = 0; i < _names.Length; i++)
        {
            yield return KeyValuePair.Create(_names[i], _values[i]);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] Item? other)
        => ReferenceEquals(this, other)
            || (other is not null && _names.AsSpan().SequenceEqual(other._names) && _values.AsSpan().SequenceEqual(other._values));

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as Item);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        for (int i = 0; i < _names.Length; i++)
        {
            hash.Add(_names[i]);
            hash.Add(_values[i]);
        }

        return hash.ToHashCode();
    }

    /// <summary>The item as plain JSON.</summary>
    public override string ToString() => ItemJson.ToJson(this);

    /// <inheritdoc/>
    public static bool operator ==(Item? left, Item? right) => Equals(left, right);

    /// <inheritdoc/>
    public static bool operator !=(Item? left, Item? right) => !Equals(left, right);

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for a name that no attribute can have.</summary>
    internal static void RequireName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0)
        {
            throw KeystoneException.Validation("One or more parameter values were invalid: An attribute name is empty.");
        }

        NameOrder.RequireWellFormed(name, "An attribute name");
        if (name.Contains('\0'))
        {
            throw KeystoneException.Validation("One or more parameter values were invalid: An attribute name holds a NUL character.");
        }

        if (name.Length > ItemLimits.NameBytesMax / 3 && NameOrder.Utf8.GetByteCount(name) > ItemLimits.NameBytesMax)
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: An attribute name is longer than {ItemLimits.NameBytesMax} bytes.");
        }
    }

    private int IndexOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Array.BinarySearch(_names, name, NameOrder.Instance);
    }
}
