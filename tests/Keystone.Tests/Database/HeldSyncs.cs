using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Keys;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;

namespace Keystone.Tests.Database;

/// <summary>
/// A database of one stripe whose writes are synced, on a disk that holds the syncs of the log when it is told to, until it is released.
/// </summary>
internal sealed class HeldSyncs : IDisposable
{
    public const string Table = "things";

    private readonly DatabaseFixture _fixture = new();
    private readonly ManualResetEventSlim _released = new();
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What goes wrong besides.</summary>
    public FaultScript Script { get; } = new(seed: 1);

    /// <summary>Completes when the first sync is held.</summary>
    public Task Held => _held.Task;

    /// <summary>From here on every sync of the log waits for the release.</summary>
    public void Hold() => Script.Add(new Fault(FaultKind.Delay, FileCall.Sync) { Path = "*.log", TimesMax = long.MaxValue });

    /// <summary>Lets the syncs go on, those to come too.</summary>
    public void Release() => _released.Set();

    /// <summary>The database, with a table.</summary>
    public async Task<KeystoneDatabase> CreateAsync(CancellationToken cancellation)
    {
        FaultyFileSystem files = new(PosixFileSystem.Instance, Script, _ => Wait(cancellation));
        KeystoneDatabaseOptions options = DatabaseFixture.Small with
        {
            StripeCount = 1,
            Durability = DatabaseDurability.Synced,
            Store = store => store with { HugePages = false, FileSystem = files },
        };
        KeystoneDatabase database = await KeystoneDatabase.CreateAsync(_fixture.Path, options);
        await database.CreateTableAsync(Table, new KeySchema("id"), cancellation);
        return database;
    }

    public void Dispose()
    {
        Release();
        _fixture.Dispose();
        _released.Dispose();
    }

    private void Wait(CancellationToken cancellation)
    {
        _held.TrySetResult();
        _released.Wait(cancellation);
    }
}
