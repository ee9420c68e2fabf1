using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Checkpoints;

/// <summary>The open store that is copied, as far as a checkpoint needs it.</summary>
internal sealed record CheckpointSource
{
    public required IFileSystem Files { get; init; }

    public required string Directory { get; init; }

    public required UInt128 StoreId { get; init; }

    public required int StripeCount { get; init; }

    public required long ManifestBytesMin { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Makes and wraps the keys of the copy; null in a store that is not encrypted.</summary>
    public KeyVault? Vault { get; init; }

    /// <summary>Charged for what is copied through memory.</summary>
    public required MemoryAccount Account { get; init; }

    /// <summary>Makes everything that was accepted by now durable, and a plan that has it.</summary>
    public required Func<Task<CheckpointPlan>> PlanAsync { get; init; }

    /// <summary>Called when the log was copied: its segments may be used again.</summary>
    public required Action OnLogReleased { get; init; }
}
