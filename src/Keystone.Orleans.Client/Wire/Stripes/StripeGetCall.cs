namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Reads one item of a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-get")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeGetCall : KeystoneCall
{
    /// <summary>The id of the table.</summary>
    [Id(0)]
    public uint TableId { get; init; }

    /// <summary>The canonical bytes of the item's key.</summary>
    [Id(1)]
    public Blob Key { get; init; }

    /// <summary>
    /// The expressions of the read; null means that there are none. A silo that does not know them answers without
    /// <c>HasApplied</c>, and its answer counts for nothing.
    /// </summary>
    [Id(2)]
    public Expressions? Expressions { get; init; }
}
