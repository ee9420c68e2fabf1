using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>What a survey of a damaged directory found, and what is to be read of it.</summary>
internal sealed record RepairPlan
{
    /// <summary>The id that checksums of manifest and log are seeded with; 0 when nothing tells it.</summary>
    public required UInt128 StoreId { get; init; }

    public required int StripeCount { get; init; }

    /// <summary>What the manifest says, as far as it can be read.</summary>
    public required ManifestEvidence Manifest { get; init; }

    /// <summary>Table files by stripe.</summary>
    public required IReadOnlyList<(int Stripe, SstMeta Meta)> Tables { get; init; }

    /// <summary>Segments in the order of their generations.</summary>
    public required IReadOnlyList<SegmentRecord> Segments { get; init; }

    /// <summary>What was missed already.</summary>
    public required IReadOnlyList<RepairLoss> Losses { get; init; }
}
