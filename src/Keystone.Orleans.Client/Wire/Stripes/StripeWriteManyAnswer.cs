namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>What many writes of a stripe did: an answer for each, in their order.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-written")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeWriteManyAnswer : KeystoneAnswer
{
    /// <summary>The answers.</summary>
    [Id(0)]
    public WriteAnswer[] Writes { get; init; } = [];
}
