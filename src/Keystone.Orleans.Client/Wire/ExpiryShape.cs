namespace Keystone.Orleans.Client.Wire;

/// <summary>How items expire.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.expiry")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ExpiryShape
{
    /// <summary>The attribute with the time.</summary>
    [Id(0)]
    public required string Attribute { get; init; }

    /// <summary>Its number.</summary>
    [Id(1)]
    public uint Id { get; init; }

    /// <summary>What it is ready for, by the numbers of <see cref="Model.Schema.TimeToLiveStatus"/>.</summary>
    [Id(2)]
    public byte Status { get; init; }
}
