namespace Keystone.Orleans.Client.Wire;

/// <summary>Removes a table and all its items.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.delete-table")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record DeleteTableCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }
}
