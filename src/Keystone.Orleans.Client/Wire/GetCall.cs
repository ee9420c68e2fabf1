namespace Keystone.Orleans.Client.Wire;

/// <summary>Reads one item.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.get")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record GetCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The canonical bytes of the item's key.</summary>
    [Id(1)]
    public required Blob Key { get; init; }
}
