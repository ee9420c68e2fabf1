namespace Keystone.Model.Maintenance;

/// <summary>Figures of a stripe at one moment.</summary>
public sealed record StripeStatistics
{
    /// <summary>The stripe.</summary>
    public required int Stripe { get; init; }

    /// <summary>The node that owns the stripe; null in an embedded database.</summary>
    public string? Node { get; init; }

    /// <summary>The random id of the disk that the stripe is on.</summary>
    public required UInt128 DiskId { get; init; }

    /// <summary>Table files.</summary>
    public required int Files { get; init; }

    /// <summary>Bytes of table files.</summary>
    public required long FileBytes { get; init; }

    /// <summary>Versions of items in table files, removals and hidden ones too.</summary>
    public required long FileEntries { get; init; }

    /// <summary>Versions of items in memory.</summary>
    public required long MemoryEntries { get; init; }

    /// <summary>Memory of what is not in table files, bytes.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>The log of the disk in use, bytes. All stripes of a disk share it, so it is counted once a disk.</summary>
    public required long DiskLogBytes { get; init; }

    /// <summary>Whether anything is in the stripe.</summary>
    public bool IsUsed => Files > 0 || MemoryEntries > 0;
}
