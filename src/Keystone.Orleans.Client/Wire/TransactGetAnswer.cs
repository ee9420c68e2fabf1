namespace Keystone.Orleans.Client.Wire;

/// <summary>Items at one moment.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-items")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactGetAnswer : KeystoneAnswer
{
    /// <summary>They, in the order of the call; nothing where there is none.</summary>
    [Id(0)]
    public Blob[] Items { get; init; } = [];
}
