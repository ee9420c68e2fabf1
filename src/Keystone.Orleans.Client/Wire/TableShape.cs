namespace Keystone.Orleans.Client.Wire;

/// <summary>What a table is made from.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.table-shape")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TableShape
{
    /// <summary>The name.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary>The attribute that is the partition key.</summary>
    [Id(1)]
    public required string PartitionName { get; init; }

    /// <summary>Its type, by the numbers of <see cref="Model.Keys.KeyType"/>.</summary>
    [Id(2)]
    public required byte PartitionType { get; init; }

    /// <summary>The attribute that is the sort key, or null.</summary>
    [Id(3)]
    public string? SortName { get; init; }

    /// <summary>Its type.</summary>
    [Id(4)]
    public byte SortType { get; init; }

    /// <summary>Whether an item may lack the sort key.</summary>
    [Id(5)]
    public bool SortIsOptional { get; init; }

    /// <summary>Its indexes; null means that there are none. Who does not know them answers without.</summary>
    [Id(6)]
    public IndexShape[]? Indexes { get; init; }

    /// <summary>What its stream has, by the numbers of <see cref="Model.Schema.StreamViewType"/>; 0 for no stream.</summary>
    [Id(7)]
    public byte Stream { get; init; }
}
