using System.Buffers.Binary;
using Keystone.Database;
using Keystone.Database.Catalog;
using Keystone.Database.Owner;
using Keystone.Storage;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>A small database in a directory of its own.</summary>
internal sealed class DatabaseFixture : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("keystone-database-").FullName;

    /// <summary>Few stripes and small budgets, so that a test is fast and still crosses every border.</summary>
    public static KeystoneDatabaseOptions Small { get; } = new()
    {
        StripeCount = 8,
        WriteBufferBytesMax = 4 << 20,
        SegmentBytes = 2 << 20,
        LogBytesMax = 16 << 20,
        BlockCacheBytes = 1 << 20,
        ReadThreads = 2,
        Durability = DatabaseDurability.Buffered,
        Store = options => options with { HugePages = false },
    };

    public string Path => System.IO.Path.Combine(_root, "db");

    public KeystoneDatabase Create() => KeystoneDatabase.Create(Path, Small);

    public KeystoneDatabase Open() => KeystoneDatabase.Open(Path, Small);

    /// <summary>Every key in the engine belongs to a table that the catalog knows.</summary>
    public static void RequireNoOrphans(KeystoneDatabase database)
    {
        foreach (StripeStanding standing in database.Disk.OwnedStripes())
        {
            using StripeIterator keys = database.Disk.Engine.OpenIterator(new StripeClaim(standing.Stripe, standing.Epoch))!.Value;
            bool isStarted = false;
            for (IteratorState state = keys.SeekFirst(); state != IteratorState.End; state = isStarted ? keys.Next() : keys.SeekFirst())
            {
                if (state == IteratorState.NeedsDisk)
                {
                    keys.Load();
                    continue;
                }

                isStarted = true;
                uint id = BinaryPrimitives.ReadUInt32BigEndian(keys.Key);
                bool isKnown = id is TableIds.Catalog or TableIds.Numbers
                    || database.Disk.Catalog.Current.Tables.Any(table => table.KeyIds.Contains(id));
                Assert.True(isKnown, $"stripe {standing.Stripe} has a key of table {id}");
            }
        }
    }

    /// <summary>How many keys the engine has under an id.</summary>
    public static int CountKeys(KeystoneDatabase database, uint id)
    {
        int count = 0;
        foreach (StripeStanding standing in database.Disk.OwnedStripes())
        {
            StripeClaim claim = new(standing.Stripe, standing.Epoch);
            using StripeIterator keys = database.Disk.Engine.OpenIterator(
                claim, CatalogFormat.StartOf(id), CatalogFormat.EndOf(id))!.Value;
            bool isStarted = false;
            for (IteratorState state = keys.SeekFirst(); state != IteratorState.End; state = isStarted ? keys.Next() : keys.SeekFirst())
            {
                if (state == IteratorState.NeedsDisk)
                {
                    keys.Load();
                    continue;
                }

                isStarted = true;
                count++;
            }
        }

        return count;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
