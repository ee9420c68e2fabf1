using Keystone.Model.Items;

namespace Keystone.Model.Streams;

/// <summary>One change of one item, as a stream has it.</summary>
/// <param name="Number">
/// Where it stands: greater than those of all changes before it in its shard. It holds the time of the change, see
/// <see cref="ChangeNumber"/>.
/// </param>
/// <param name="Kind">What became of the item.</param>
/// <param name="Key">The key attributes of the item.</param>
public sealed record ChangeRecord(ulong Number, ChangeKind Kind, EncodedItem Key)
{
    /// <summary>The item before, if the stream has it and it was there.</summary>
    public EncodedItem? OldImage { get; init; }

    /// <summary>The item after, if the stream has it and it is there.</summary>
    public EncodedItem? NewImage { get; init; }

    /// <summary>Whether the service itself removed the item, since it had expired.</summary>
    public bool IsByService { get; init; }

    /// <summary>The number as DynamoDB writes it: decimal digits whose order is theirs as text, too.</summary>
    public string SequenceNumber => ChangeNumber.ToText(Number);

    /// <summary>About when it happened.</summary>
    public DateTimeOffset Created => ChangeNumber.TimeOf(Number);

    /// <summary>The bytes of keys and images.</summary>
    public int Bytes => Key.Bytes.Length + (OldImage?.Bytes.Length ?? 0) + (NewImage?.Bytes.Length ?? 0);
}
