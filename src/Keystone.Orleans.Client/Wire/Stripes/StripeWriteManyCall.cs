namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Writes many items of a stripe, each by itself.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-writes")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeWriteManyCall : KeystoneCall
{
    /// <summary>The writes. Catalog version and deadline are this call's, request numbers are each one's own.</summary>
    [Id(0)]
    public required StripeWriteCall[] Writes { get; init; }
}
