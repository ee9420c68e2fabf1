using Keystone.Database;

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

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
