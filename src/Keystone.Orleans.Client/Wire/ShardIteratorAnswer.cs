namespace Keystone.Orleans.Client.Wire;

/// <summary>Where a reader of a shard stands.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.shard-iterator-answer")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ShardIteratorAnswer : KeystoneAnswer
{
    /// <summary>For the first read; null if the call failed.</summary>
    [Id(0)]
    public string? Iterator { get; init; }
}
