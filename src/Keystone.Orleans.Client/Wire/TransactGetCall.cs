namespace Keystone.Orleans.Client.Wire;

/// <summary>Reads items as they are at one moment.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-get")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactGetCall : KeystoneCall
{
    /// <summary>The tables.</summary>
    [Id(0)]
    public required string[] Tables { get; init; }

    /// <summary>The reads.</summary>
    [Id(1)]
    public required TransactKey[] Gets { get; init; }
}
