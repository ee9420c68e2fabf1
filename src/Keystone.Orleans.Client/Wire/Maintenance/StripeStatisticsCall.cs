namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>Asks for the figures of a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.get-stripe-statistics")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeStatisticsCall : KeystoneCall
{
    /// <summary>The stripe.</summary>
    [Id(0)]
    public required int Stripe { get; init; }
}
