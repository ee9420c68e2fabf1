namespace Keystone.Orleans.Client.Wire;

/// <summary>
/// Bytes in a message: an item, a key, a page. Written and read by <see cref="BlobCodec"/> without a wrapper object, never copied within a
/// process: whoever makes a blob promises that its bytes do not change any more.
/// </summary>
/// <param name="Bytes">The bytes; empty means that there is nothing.</param>
[Immutable]
[Alias("ks.blob")]
public readonly record struct Blob(ReadOnlyMemory<byte> Bytes) : IEquatable<Blob>
{
    /// <summary>Whether there is nothing here.</summary>
    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>Whether two blobs have the same bytes.</summary>
    public bool Equals(Blob other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }
}
