namespace Keystone.Orleans.Client.Wire;

/// <summary>Changes of a shard.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.records-answer")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record RecordsAnswer : KeystoneAnswer
{
    /// <summary>They, in order.</summary>
    [Id(0)]
    public ChangeShape[] Records { get; init; } = [];

    /// <summary>For the next read; null at the end.</summary>
    [Id(1)]
    public string? Next { get; init; }
}
