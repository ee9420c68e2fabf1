namespace Keystone.Orleans.Client.Wire;

/// <summary>A table as the catalog knows it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.table")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TableAnswer : KeystoneAnswer
{
    /// <summary>What it was made from; null if the call failed.</summary>
    [Id(0)]
    public TableShape? Table { get; init; }

    /// <summary>Its number.</summary>
    [Id(1)]
    public uint Id { get; init; }

    /// <summary>What it is ready for, by the numbers of <see cref="Model.Schema.TableStatus"/>.</summary>
    [Id(2)]
    public byte Status { get; init; }

    /// <summary>When it was made, where that is known.</summary>
    [Id(3)]
    public DateTimeOffset? Created { get; init; }

    /// <summary>About how many items it has, where that is known.</summary>
    [Id(4)]
    public long? ItemCountEstimate { get; init; }

    /// <summary>About how many bytes its items take, where that is known.</summary>
    [Id(5)]
    public long? BytesEstimate { get; init; }

    /// <summary>The numbers of its indexes, in their order.</summary>
    [Id(6)]
    public uint[]? IndexIds { get; init; }

    /// <summary>What its indexes are ready for, by the numbers of <see cref="Model.Schema.IndexStatus"/>.</summary>
    [Id(7)]
    public byte[]? IndexStates { get; init; }

    /// <summary>
    /// Of each index that is being filled its number, the stripes that are done, all of them, and the items that were looked at, one behind
    /// the other.
    /// </summary>
    [Id(8)]
    public long[]? Backfills { get; init; }

    /// <summary>Its streams, the oldest first; null if there are none.</summary>
    [Id(9)]
    public StreamShape[]? Streams { get; init; }

    /// <summary>How its items expire, or null.</summary>
    [Id(10)]
    public ExpiryShape? Expiry { get; init; }
}
