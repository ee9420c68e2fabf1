namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>How the database is laid out.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.layout")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record LayoutAnswer : KeystoneAnswer
{
    /// <summary>The stripes of the database.</summary>
    [Id(0)]
    public int StripeCount { get; init; }

    /// <summary>The tables of the database.</summary>
    [Id(1)]
    public int Tables { get; init; }
}
