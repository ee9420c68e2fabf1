namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>Has some of a stripe's table files read and checked.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.verify-stripe")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record VerifyStripeCall : KeystoneCall
{
    /// <summary>The stripe.</summary>
    [Id(0)]
    public required int Stripe { get; init; }

    /// <summary>The last file of the part before; 0 begins.</summary>
    [Id(1)]
    public long AfterFile { get; init; }
}
