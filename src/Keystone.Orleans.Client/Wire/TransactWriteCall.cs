namespace Keystone.Orleans.Client.Wire;

/// <summary>Writes items, all of them or none.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-write")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactWriteCall : KeystoneCall
{
    /// <summary>The tables.</summary>
    [Id(0)]
    public required string[] Tables { get; init; }

    /// <summary>The writes.</summary>
    [Id(1)]
    public required TransactItem[] Writes { get; init; }

    /// <summary>By which a repeat is known, or null.</summary>
    [Id(2)]
    public string? Token { get; init; }
}
