namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>Has a stripe merged.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.compact-stripe")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record CompactStripeCall : KeystoneCall
{
    /// <summary>The stripe.</summary>
    [Id(0)]
    public required int Stripe { get; init; }
}
