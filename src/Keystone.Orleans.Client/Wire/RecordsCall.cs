namespace Keystone.Orleans.Client.Wire;

/// <summary>Reads the next changes of a shard.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.records")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record RecordsCall : KeystoneCall
{
    /// <summary>Where the reader stands.</summary>
    [Id(0)]
    public required string Iterator { get; init; }

    /// <summary>The most changes; 0 for as many as an answer holds.</summary>
    [Id(1)]
    public int Limit { get; init; }
}
