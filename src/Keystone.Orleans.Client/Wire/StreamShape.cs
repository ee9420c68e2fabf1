namespace Keystone.Orleans.Client.Wire;

/// <summary>A stream as the catalog knows it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stream")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StreamShape
{
    /// <summary>Its number.</summary>
    [Id(0)]
    public uint Id { get; init; }

    /// <summary>What it has of an item, by the numbers of <see cref="Model.Schema.StreamViewType"/>.</summary>
    [Id(1)]
    public byte View { get; init; }

    /// <summary>When it was enabled.</summary>
    [Id(2)]
    public DateTimeOffset Created { get; init; }

    /// <summary>Into how many shards it is divided.</summary>
    [Id(3)]
    public int Shards { get; init; }

    /// <summary>When it was disabled, or null.</summary>
    [Id(4)]
    public DateTimeOffset? Disabled { get; init; }
}
