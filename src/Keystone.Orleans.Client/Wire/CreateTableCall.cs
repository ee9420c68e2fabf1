namespace Keystone.Orleans.Client.Wire;

/// <summary>Makes a table.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.create-table")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record CreateTableCall : KeystoneCall
{
    /// <summary>What the table is to be.</summary>
    [Id(0)]
    public required TableShape Table { get; init; }
}
