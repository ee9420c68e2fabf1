namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>How far a merge is.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-compacted")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record CompactStripeAnswer : KeystoneAnswer
{
    /// <summary>Whether it is done; otherwise it goes on, and its caller asks again.</summary>
    [Id(0)]
    public bool IsDone { get; init; }
}
