using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>What the background jobs of one disk share: where files go, who numbers them, and what they are made for.</summary>
internal sealed record Disk
{
    public required IFileSystem Files { get; init; }

    public required string Directory { get; init; }

    public required Stripe[] Stripes { get; init; }

    public required ManifestLog Manifest { get; init; }

    public required SnapshotList Snapshots { get; init; }

    public required Poison Poison { get; init; }

    public required Ballast Ballast { get; init; }

    public required SstOptions Sst { get; init; }

    /// <summary>For files that go to the last level of their stripe.</summary>
    public required SstOptions LastLevelSst { get; init; }

    /// <summary>Makes the keys of new files; null in a store that is not encrypted.</summary>
    public KeyVault? Vault { get; init; }

    /// <summary>Gives random 128-bit ids for new files.</summary>
    public required Func<UInt128> NewFileId { get; init; }

    /// <summary>Charged for the buffers of flush and compaction.</summary>
    public required MemoryAccount Account { get; init; }
}
