namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>The figures of a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-statistics")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeStatisticsAnswer : KeystoneAnswer
{
    /// <summary>The node that owns the stripe.</summary>
    [Id(0)]
    public string? Node { get; init; }

    /// <summary>The random id of the disk.</summary>
    [Id(1)]
    public UInt128 DiskId { get; init; }

    /// <summary>Table files.</summary>
    [Id(2)]
    public int Files { get; init; }

    /// <summary>Bytes of table files.</summary>
    [Id(3)]
    public long FileBytes { get; init; }

    /// <summary>Versions in table files.</summary>
    [Id(4)]
    public long FileEntries { get; init; }

    /// <summary>Versions in memory.</summary>
    [Id(5)]
    public long MemoryEntries { get; init; }

    /// <summary>Bytes in memory.</summary>
    [Id(6)]
    public long MemoryBytes { get; init; }

    /// <summary>Bytes of the disk's log.</summary>
    [Id(7)]
    public long DiskLogBytes { get; init; }
}
