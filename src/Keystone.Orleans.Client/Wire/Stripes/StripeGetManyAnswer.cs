namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>What many reads of a stripe found: an answer for each, in their order.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-got")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeGetManyAnswer : KeystoneAnswer
{
    /// <summary>The answers.</summary>
    [Id(0)]
    public ItemAnswer[] Items { get; init; } = [];
}
