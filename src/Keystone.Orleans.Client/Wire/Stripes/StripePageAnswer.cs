namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>One page from a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-page")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripePageAnswer : KeystoneAnswer
{
    /// <summary>The encoded items, one after the other.</summary>
    [Id(0)]
    public Blob Items { get; init; }

    /// <summary>The canonical bytes of the key of the last item; empty means that there is none.</summary>
    [Id(1)]
    public Blob LastKey { get; init; }

    /// <summary>Whether the end was reached.</summary>
    [Id(2)]
    public bool IsComplete { get; init; }

    /// <summary>Whether the expressions of the call were applied.</summary>
    [Id(3)]
    public bool HasApplied { get; init; }

    /// <summary>How many items passed the filter, with expressions; without any it is not said.</summary>
    [Id(4)]
    public int Count { get; init; }

    /// <summary>How many items were looked at, with expressions.</summary>
    [Id(5)]
    public int ScannedCount { get; init; }

    /// <summary>How many bytes the items have that were looked at, with expressions.</summary>
    [Id(6)]
    public int ScannedBytes { get; init; }
}
