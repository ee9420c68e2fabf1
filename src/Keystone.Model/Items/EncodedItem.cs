using System.Diagnostics.CodeAnalysis;

namespace Keystone.Model.Items;

/// <summary>
/// An item as bytes: encoded once where it enters, carried as it is, read in place. An <see cref="Item"/> converts to it by itself.
/// <para>
/// The memory is lent: whoever made this value promises that the bytes do not change while it is in use. The default value is no item
/// at all (<see cref="IsNone"/>). Because the format is canonical, equal items have equal bytes.
/// </para>
/// </summary>
public readonly struct EncodedItem : IEquatable<EncodedItem>
{
    private EncodedItem(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The encoded form.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Whether there is no item here.</summary>
    public bool IsNone => Bytes.IsEmpty;

    internal ReadOnlySpan<byte> Span => Bytes.Span;

    /// <summary>The value of an attribute. Throws <see cref="KeyNotFoundException"/> if the item has none of that name.</summary>
    public AttributeValue this[string name]
        => Find(name) ?? throw new KeyNotFoundException($"The item has no attribute '{name}'.");

    /// <summary>Encodes an item.</summary>
    public static EncodedItem Encode(Item item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return new EncodedItem(ItemCodec.Encode(item));
    }

    /// <summary>
    /// Takes bytes from outside, after checking all of them. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if they are no item.
    /// </summary>
    public static EncodedItem Parse(ReadOnlyMemory<byte> bytes)
    {
        ItemCodec.Check(bytes.Span);
        return new EncodedItem(bytes);
    }

    /// <summary>
    /// Takes bytes that were checked before, such as those of a store with checksums. Reading them stays safe whatever they are.
    /// </summary>
    public static EncodedItem FromChecked(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Opens the item for reading in place.</summary>
    public ItemReader Read() => ItemReader.Open(Bytes.Span);

    /// <summary>The value of an attribute, or null. Only this attribute is materialised.</summary>
    public AttributeValue? Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ValueReader value = Read().Find(name);
        return value.Exists ? value.ToValue() : null;
    }

    /// <summary>The whole item, materialised.</summary>
    public Item ToItem() => ItemCodec.Decode(Bytes.Span);

    /// <summary>The same item over memory of its own, for keeping it longer than the lender does.</summary>
    public EncodedItem Copy() => new(Bytes.ToArray());

    /// <inheritdoc/>
    public bool Equals(EncodedItem other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is EncodedItem other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>The item as plain JSON.</summary>
    public override string ToString() => IsNone ? "" : ItemJson.ToJson(ToItem());

    /// <summary>
    /// Encodes an item. Null is none and throws <see cref="ArgumentNullException"/>, also where an <c>EncodedItem?</c> is wanted: the
    /// compiler takes a bare <c>null</c> beside an encoded item for an <see cref="Item"/>, so write <c>default(EncodedItem?)</c> there.
    /// </summary>
    public static implicit operator EncodedItem(Item item) => Encode(item);

    /// <inheritdoc/>
    public static bool operator ==(EncodedItem left, EncodedItem right) => left.Equals(right);

    /// <inheritdoc/>
    public static bool operator !=(EncodedItem left, EncodedItem right) => !left.Equals(right);
}
