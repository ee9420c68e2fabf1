namespace Keystone.Orleans.Client.Wire;

/// <summary>What an index of a table is made from.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.index-shape")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record IndexShape
{
    /// <summary>The name.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>Where its entries lie, by the numbers of <see cref="Model.Schema.IndexKind"/>.</summary>
    [Id(1)]
    public required byte Kind { get; init; }

    /// <summary>The attributes that make its partition key.</summary>
    [Id(2)]
    public required string[] PartitionNames { get; init; }

    /// <summary>Their types, by the numbers of <see cref="Model.Keys.KeyType"/>.</summary>
    [Id(3)]
    public required byte[] PartitionTypes { get; init; }

    /// <summary>The attributes by which it is ordered.</summary>
    [Id(4)]
    public required string[] SortNames { get; init; }

    /// <summary>Their types.</summary>
    [Id(5)]
    public required byte[] SortTypes { get; init; }

    /// <summary>Which attributes it has, by the numbers of <see cref="Model.Schema.IndexProjectionKind"/>.</summary>
    [Id(6)]
    public required byte Projection { get; init; }

    /// <summary>The attributes that it has by name.</summary>
    [Id(7)]
    public string[]? Attributes { get; init; }
}
