using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Keystone.Testing.Keys;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Repair;

/// <summary>
/// A closed store with files of several ages, removals, a range drop and an unflushed log, and all values that each key ever had: for tests
/// that damage it and look at what a repair brings back.
/// </summary>
internal sealed class DamagedStore
{
    public const string Source = "/store";
    public const string Target = "/repaired";
    public const int Keys = 160;

    /// <summary>Keys from here to <see cref="DroppedTo"/> in stripe 3 were dropped together.</summary>
    private const int DroppedFrom = 40;
    private const int DroppedTo = 100;

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly Dictionary<int, HashSet<int>> _written = [];

    /// <summary>What each key had at the end; null: nothing.</summary>
    private readonly int?[] _last = new int?[Keys];

    private readonly bool _isEncrypted;

    public DamagedStore(bool flushesAll = false, bool isEncrypted = false)
    {
        _isEncrypted = isEncrypted;
        StorageEngine engine = StorageEngine.Create(Source, Options);
        _host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        Serve(engine);
        Put(engine, 0, Keys, version: 1);
        _host.Await(engine.CompactAsync());
        Put(engine, 0, Keys / 2, version: 2);
        Delete(engine, 5, 15);
        _host.Await(engine.FlushAsync());
        Drop(engine);
        Put(engine, 60, 90, version: 3);
        _host.Await(engine.FlushAsync());
        Put(engine, 80, 120, version: 4);
        Delete(engine, 20, 30);
        if (flushesAll)
        {
            _host.Await(engine.FlushAsync());
        }

        _host.Await(engine.DisposeAsync());
    }

    public SimulatedFileSystem Disk { get; } = new();

    public StoreOptions Options => EngineFixture.Options(_host) with
    {
        FileSystem = Disk,
        BlockBytes = 256,
        KeyRing = _isEncrypted ? new TestKeyRing("first") : null,
    };

    public IEnumerable<string> Files(string pattern)
        => Disk.Files().Where(f => f.StartsWith(Source + "/", StringComparison.Ordinal) && f.Contains(pattern, StringComparison.Ordinal));

    public RepairResult Repair(RepairOptions? repair = null)
    {
        Dictionary<string, string> before = Picture();
        RepairResult result = StorageEngine.Repair(
            Source,
            Target,
            Options,
            repair ?? new RepairOptions { StripeOf = StripeOf },
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(before, Picture());
        return result;
    }

    /// <summary>Opens what the repair made and returns each key's value; -1 for none.</summary>
    public int[] Read()
    {
        StorageEngine engine = StorageEngine.Open(Target, Options);
        Serve(engine);
        int[] values = [.. Enumerable.Range(0, Keys).Select(i => ValueOf(engine, i))];
        Assert.Empty(_host.Await(engine.VerifyAsync(cancellation: TestContext.Current.CancellationToken)));
        _host.Await(engine.PutAsync(EngineFixture.ClaimOf(0), KeyOf(0), [9]));
        _host.Await(engine.DisposeAsync());
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
        return values;
    }

    /// <summary>The keys that have not what they had at the end.</summary>
    public List<int> Differences(int[] values) => [.. Enumerable.Range(0, Keys).Where(i => values[i] != (_last[i] ?? -1))];

    /// <summary>Nothing has a value that was never written to it.</summary>
    public void RequireOnlyWritten(int[] values)
        => Assert.All(
            Enumerable.Range(0, Keys), i => Assert.True(values[i] == -1 || _written[i].Contains(values[i]), $"key {i}: {values[i]}"));

    private static int StripeOf(ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> lastKey, int stripeCount, int lowestOwned)
        => firstKey[^1] % stripeCount;

    private static byte[] KeyOf(int i) => [(byte)'k', 0, (byte)i];

    private static int ValueOf(StorageEngine engine, int i)
    {
        byte[] value = new byte[64];
        return engine.Get(EngineFixture.ClaimOf(i), KeyOf(i), value).Status == ReadStatus.Found ? value[0] : -1;
    }

    private static void Serve(StorageEngine engine)
    {
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            Assert.True(engine.TryServe(new StripeClaim(stripe, 1)));
        }
    }

    private Dictionary<string, string> Picture()
        => Files("").ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(Disk.ReadAll(f))));

    private void Put(StorageEngine engine, int from, int to, int version)
    {
        for (int i = from; i < to; i++)
        {
            byte[] value = new byte[40];
            value.AsSpan().Fill((byte)version);
            _host.Await(engine.PutAsync(EngineFixture.ClaimOf(i), KeyOf(i), value));
            _last[i] = version;
            (_written.TryGetValue(i, out HashSet<int>? versions) ? versions : _written[i] = []).Add(version);
        }
    }

    private void Delete(StorageEngine engine, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            _host.Await(engine.DeleteAsync(EngineFixture.ClaimOf(i), KeyOf(i)));
            _last[i] = null;
        }
    }

    private void Drop(StorageEngine engine)
    {
        _host.Await(engine.DropRangeAsync(new StripeClaim(3, 1), KeyOf(DroppedFrom), KeyOf(DroppedTo)));
        for (int i = DroppedFrom; i < DroppedTo; i++)
        {
            _last[i] = EngineFixture.ClaimOf(i).Stripe == 3 ? null : _last[i];
        }
    }
}
