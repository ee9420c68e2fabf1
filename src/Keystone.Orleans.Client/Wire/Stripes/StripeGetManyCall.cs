namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Reads many items of a stripe, each by itself.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-gets")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeGetManyCall : KeystoneCall
{
    /// <summary>The reads. What the calls carry beside their operation is this call's.</summary>
    [Id(0)]
    public required StripeGetCall[] Gets { get; init; }
}
