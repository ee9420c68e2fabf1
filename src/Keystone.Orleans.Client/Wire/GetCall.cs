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

    /// <summary>
    /// The expressions of the read; null means that there are none. A silo that does not know them answers without
    /// <c>HasApplied</c>, and its answer counts for nothing.
    /// </summary>
    [Id(2)]
    public Expressions? Expressions { get; init; }
}
