namespace Keystone.Orleans.Client.Wire;

/// <summary>One page of a query or scan.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.page")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record PageAnswer : KeystoneAnswer
{
    /// <summary>The encoded items, one after the other.</summary>
    [Id(0)]
    public Blob Items { get; init; }

    /// <summary>The canonical bytes of the key behind which to go on; empty means that there is no more.</summary>
    [Id(1)]
    public Blob LastKey { get; init; }

    /// <summary>How many items were looked at.</summary>
    [Id(2)]
    public int ScannedCount { get; init; }

    /// <summary>Whether the expressions of the call were applied.</summary>
    [Id(3)]
    public bool HasApplied { get; init; }

    /// <summary>How many items passed the filter, with expressions; without any it is not said.</summary>
    [Id(4)]
    public int Count { get; init; }

    /// <summary>Of an index, with the last key, the encoded index attributes of the item behind which to go on.</summary>
    [Id(5)]
    public Blob LastIndexKey { get; init; }
}
