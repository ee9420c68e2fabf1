using System.Buffers.Binary;
using Keystone.Database.Catalog;
using Keystone.Model.Keys;
using Keystone.Storage;
using Keystone.Storage.Jobs;

namespace Keystone.Database.Owner;

/// <summary>The repair of a disk: the engine's, with what only the database knows, which is where a key lives.</summary>
internal static class DiskRepair
{
    public static async Task<RepairSummary> RunAsync(
        string source,
        string target,
        KeystoneDatabaseOptions options,
        int? stripeCount,
        IProgress<int>? progress,
        CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        ArgumentException.ThrowIfNullOrEmpty(target);
        RepairOptions repair = new() { StripeCount = stripeCount, OwnedStripes = options.OwnedStripes, StripeOf = StripeOf };

        // A repair runs on its caller's thread and starts no job.
        ThreadJobHost host = new(options.Time);
        await using (host.ConfigureAwait(false))
        {
            try
            {
                StoreOptions store = options.ToStoreOptions(host, static _ => { });
                ProgressRelay? relay = progress is null ? null : new ProgressRelay(progress);
                return ToSummary(StorageEngine.Repair(source, target, store, repair, relay, cancellation));
            }
            catch (StoreException failure)
            {
                throw StoreErrors.MapOpening(source, failure);
            }
        }
    }

    private static int StripeOf(ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> lastKey, int stripeCount, int lowestOwned)
    {
        // Keys of the catalog sort before all others and carry no hash. The catalog stands in the lowest stripe that the disk owns.
        if (lastKey.Length <= EngineKey.HeaderLength)
        {
            return lastKey.Length == CatalogFormat.KeyLength && BinaryPrimitives.ReadUInt32BigEndian(lastKey) == TableIds.Catalog
                ? lowestOwned
                : -1;
        }

        return StripeHash.StripeOf(BinaryPrimitives.ReadUInt32BigEndian(lastKey[sizeof(uint)..]), stripeCount);
    }

    private static RepairSummary ToSummary(RepairResult result) => new()
    {
        DiskId = result.StoreId,
        TablesRead = result.TablesRead,
        GroupsRead = result.GroupsRead,
        EntriesKept = result.EntriesKept,
        Damages = [.. result.Losses.Select(l => new RepairDamage(l.File, l.Offset, l.Bytes, l.Entries, l.What))],
        MayHoldDeleted = result.MayHoldDeleted,
    };

    private sealed class ProgressRelay(IProgress<int> progress) : IProgress<RepairProgress>
    {
        public void Report(RepairProgress value) => progress.Report(value.Stripes);
    }
}
