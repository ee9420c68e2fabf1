namespace Keystone.Orleans.Client.Wire;

/// <summary>Begins to read a shard of a stream.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.shard-iterator")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ShardIteratorCall : KeystoneCall
{
    /// <summary>The name of the stream.</summary>
    [Id(0)]
    public required string Stream { get; init; }

    /// <summary>The shard.</summary>
    [Id(1)]
    public required string Shard { get; init; }

    /// <summary>Where to begin, by the numbers of <see cref="Model.Requests.ShardIteratorKind"/>.</summary>
    [Id(2)]
    public byte Kind { get; init; }

    /// <summary>The sequence number, or null.</summary>
    [Id(3)]
    public string? Number { get; init; }
}
