namespace Keystone.Orleans.Client.Wire;

/// <summary>What a batch get found.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-items")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchGetAnswer : KeystoneAnswer
{
    /// <summary>An encoded item for each key, in their order; empty where there is none or the key was not read.</summary>
    [Id(0)]
    public Blob[] Items { get; init; } = [];

    /// <summary>The places of the keys that were not read.</summary>
    [Id(1)]
    public int[] Unprocessed { get; init; } = [];

    /// <summary>Whether the projections of the call were understood.</summary>
    [Id(2)]
    public bool HasApplied { get; init; }
}
