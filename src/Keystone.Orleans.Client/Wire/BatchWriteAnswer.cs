namespace Keystone.Orleans.Client.Wire;

/// <summary>What a batch write did: everything but what it names.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-written")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchWriteAnswer : KeystoneAnswer
{
    /// <summary>The places of the writes that were not done.</summary>
    [Id(0)]
    public int[] Unprocessed { get; init; } = [];
}
