namespace Keystone.Orleans.Client.Wire;

/// <summary>What a get found.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.item")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ItemAnswer : KeystoneAnswer
{
    /// <summary>The encoded item; empty means that there is none with the key.</summary>
    [Id(0)]
    public Blob Item { get; init; }

    /// <summary>The epoch of the item's version.</summary>
    [Id(1)]
    public ulong Epoch { get; init; }

    /// <summary>The sequence of the item's version; 0 means that there is none.</summary>
    [Id(2)]
    public ulong Sequence { get; init; }

    /// <summary>Whether the expressions of the call were applied.</summary>
    [Id(3)]
    public bool HasApplied { get; init; }
}
