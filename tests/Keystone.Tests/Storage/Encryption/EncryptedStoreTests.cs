using System.Security.Cryptography;
using System.Text;
using Keystone.Storage;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Sst;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Keys;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Encryption;

/// <summary>The whole engine with a key ring, on real files.</summary>
public sealed class EncryptedStoreTests : IDisposable
{
    private const string Canary = "canary-in-the-mine";
    private const int Records = 400;

    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-sealed-").FullName;

    private string Store => Path.Combine(_directory, "store");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Zstd)]
    public async Task No_file_shows_a_key_a_value_or_a_range_and_everything_comes_back(Compression codec)
    {
        TestKeyRing ring = new("2026-11");
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, ring, codec))
        {
            await PutAllAsync(engine);
            RequireHidden();
            await engine.FlushAsync();
            RequireHidden();
            for (int i = 0; i < EngineFixture.Stripes; i++)
            {
                await engine.DropRangeAsync(new StripeClaim(i, 1), Key(9000), Key(9999));
            }

            await engine.CompactAsync(cancellation: Cancel);
            await PutAllAsync(engine);
        }

        RequireHidden();
        Assert.NotEmpty(Directory.GetFiles(Store, "*.sst"));
        await using (StorageEngine engine = Open(host, ring))
        {
            CheckAll(engine);
            Assert.Empty(await engine.VerifyAsync(cancellation: Cancel));
            Assert.Equal(["2026-11"], engine.KeyIds);
        }
    }

    [Fact]
    public async Task Without_the_right_ring_an_open_is_refused_and_changes_nothing()
    {
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, new TestKeyRing("old", "new")))
        {
            await PutAllAsync(engine);
            await engine.FlushAsync();
            await PutAllAsync(engine);
        }

        TestKeyRing wrong = new("new");
        wrong.Add("new", bytesOf: "something else");
        string before = Fingerprint();
        Refused(StoreErrorCode.KeyMissing, ring: null, "new");
        Refused(StoreErrorCode.KeyMissing, new TestKeyRing("old"), "'new'");
        Refused(StoreErrorCode.KeyWrong, wrong, "'new'");
        Refused(StoreErrorCode.KeyMissing, new TestKeyRing("new") { CurrentKeyId = "newest" }, "'newest'");
        Refused(StoreErrorCode.KeyRingInvalid, new TestKeyRing("new") { CurrentKeyId = "a name with spaces" }, "name");
        Assert.Equal(before, Fingerprint());
        await using StorageEngine again = Open(host, new TestKeyRing("new"));
        CheckAll(again);

        void Refused(StoreErrorCode code, IKeyRing? ring, string told)
        {
            StoreException refusal = Assert.Throws<StoreException>(() => StorageEngine.Open(Store, Options(host, ring)));
            Assert.Equal(code, refusal.Code);
            Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_ring_for_a_store_that_is_not_encrypted_is_refused()
    {
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await EngineFixture.CreateAsync(Store, host))
        {
            StoreException nothing = await Assert.ThrowsAsync<StoreException>(() => engine.RewrapAsync(cancellation: Cancel));
            Assert.Equal(StoreErrorCode.NotEncrypted, nothing.Code);
            Assert.Empty(engine.KeyIds);
        }

        string before = Fingerprint();
        StoreException refusal = Assert.Throws<StoreException>(() => StorageEngine.Open(Store, Options(host, new TestKeyRing("a"))));
        Assert.Equal(StoreErrorCode.NotEncrypted, refusal.Code);
        Assert.Equal(before, Fingerprint());
    }

    [Fact]
    public async Task A_store_is_not_made_with_a_ring_that_lacks_its_current_key()
    {
        await using ThreadJobHost host = new();
        StoreException refusal = Assert.Throws<StoreException>(
            () => StorageEngine.Create(Store, Options(host, new TestKeyRing("a") { CurrentKeyId = "b" })));
        Assert.Equal(StoreErrorCode.KeyMissing, refusal.Code);
        Assert.False(Directory.Exists(Store));
    }

    [Fact]
    public async Task After_all_keys_are_wrapped_anew_the_old_key_is_needed_no_more()
    {
        TestKeyRing ring = new("old");
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, ring))
        {
            await PutAllAsync(engine);
            await engine.FlushAsync();
            await PutAllAsync(engine);
            ring.Add("new");
            ring.CurrentKeyId = "new";

            // Without being asked the engine goes on with the key that it has.
            await PutAllAsync(engine);
            await engine.FlushAsync();
            Assert.Equal(["old"], engine.KeyIds);

            List<RewrapProgress> heard = [];
            Task writing = PutAllAsync(engine);
            RewrapResult result = await engine.RewrapAsync(new Listener(heard), Cancel);
            await writing;
            Assert.Equal(("new", 1), (result.CurrentKeyId, result.RetiredKeyIds.Count));
            Assert.Equal("old", result.RetiredKeyIds[0]);
            Assert.InRange(result.Keys, EngineFixture.Stripes, 1000);
            Assert.Equal(new RewrapProgress(result.Keys, result.Keys), heard[^1]);
            Assert.Equal(["new"], engine.KeyIds);
            Assert.DoesNotContain(FilesToRead(), path => Contains(path, "\u0003old"));

            await engine.FlushAsync();
            await PutAllAsync(engine);
            CheckAll(engine);
        }

        ring.Remove("old");
        await using (StorageEngine engine = Open(host, ring))
        {
            CheckAll(engine);
            Assert.Empty(await engine.VerifyAsync(cancellation: Cancel));
        }
    }

    [Fact]
    public async Task A_progress_that_throws_ends_the_wrapping_and_nothing_else()
    {
        TestKeyRing ring = new("old");
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host, ring);
        await PutAllAsync(engine);
        await engine.FlushAsync();
        ring.Add("new");
        ring.CurrentKeyId = "new";
        InvalidOperationException thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => engine.RewrapAsync(new ThrowingProgress(), Cancel));
        Assert.Equal("the terminal is gone", thrown.Message);
        await PutAllAsync(engine);
        Assert.Equal("new", (await engine.RewrapAsync(cancellation: Cancel)).CurrentKeyId);
    }

    private sealed class ThrowingProgress : IProgress<RewrapProgress>
    {
        public void Report(RewrapProgress value) => throw new InvalidOperationException("the terminal is gone");
    }

    [Fact]
    public async Task A_cancelled_wrapping_leaves_a_store_that_opens_with_both_keys()
    {
        TestKeyRing ring = new("old");
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, ring))
        {
            await PutAllAsync(engine);
            await engine.FlushAsync();
            ring.Add("new");
            ring.CurrentKeyId = "new";
            using CancellationTokenSource cancelled = new();
            StopAtOnce progress = new(cancelled);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => engine.RewrapAsync(progress, cancelled.Token));
            Assert.Equal(["old", "new"], engine.KeyIds);
            await PutAllAsync(engine);
        }

        await using (StorageEngine engine = Open(host, ring))
        {
            // An opening writes a manifest, and with it all keys.
            CheckAll(engine);
            Assert.Equal(["new"], engine.KeyIds);
        }

        ring.Remove("old");
        await using StorageEngine again = Open(host, ring);
        CheckAll(again);
    }

    [Fact]
    public async Task A_checkpoint_is_encrypted_and_outlives_a_change_of_keys_in_the_store_that_it_was_made_of()
    {
        TestKeyRing ring = new("old");
        string copy = Path.Combine(_directory, "copy");
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, ring))
        {
            await PutAllAsync(engine);
            await engine.FlushAsync();
            await engine.PutAsync(EngineFixture.ClaimOf(1), Key(1), Value(1));
            await engine.CheckpointAsync(copy, cancellation: Cancel);
            ring.Add("new");
            ring.CurrentKeyId = "new";
            await engine.RewrapAsync(cancellation: Cancel);
        }

        Assert.DoesNotContain(Directory.GetFiles(copy), path => Contains(path, Canary[..8]));
        ring.Remove("new");
        ring.CurrentKeyId = "old";
        await using (StorageEngine other = StorageEngine.Open(copy, Options(host, ring)))
        {
            EngineFixture.Serve(other);
            CheckAll(other);
            await PutAllAsync(other);
            Assert.Equal(["old"], other.KeyIds);
        }

        ring = new TestKeyRing("new");
        await using StorageEngine again = Open(host, ring);
        CheckAll(again);
    }

    [Fact]
    public async Task Other_bytes_under_the_name_of_a_key_are_refused_and_the_store_goes_on()
    {
        TestKeyRing ring = new("main");
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = await CreateAsync(host, ring))
        {
            await PutAllAsync(engine);
            await engine.FlushAsync();
            ring.Add("main", bytesOf: "something else");
            StoreException refusal = await Assert.ThrowsAsync<StoreException>(() => engine.RewrapAsync(cancellation: Cancel));
            Assert.Equal(StoreErrorCode.KeyRingInvalid, refusal.Code);
            await PutAllAsync(engine);
        }

        await using StorageEngine again = Open(host, new TestKeyRing("main"));
        CheckAll(again);
    }

    [Fact]
    public async Task A_change_of_keys_that_found_no_room_can_be_made_later()
    {
        TestKeyRing ring = new("old", "new") { CurrentKeyId = "old" };
        FaultScript script = new(seed: 1);
        StoreOptions options;
        await using ThreadJobHost host = new();
        options = Options(host, ring) with { FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, script) };
        await using StorageEngine engine = StorageEngine.Create(Store, options);
        ring.CurrentKeyId = "new";
        script.Add(new Fault(FaultKind.DiskFull, FileCall.Write) { Path = "*IDENTITY.tmp" });
        StoreException full = await Assert.ThrowsAsync<StoreException>(() => engine.RewrapAsync(cancellation: Cancel));
        Assert.Equal(StoreErrorCode.DiskFull, full.Code);
        ring.CurrentKeyId = "no name";
        StoreException invalid = await Assert.ThrowsAsync<StoreException>(() => engine.RewrapAsync(cancellation: Cancel));
        Assert.Equal(StoreErrorCode.KeyRingInvalid, invalid.Code);
        Assert.Equal(["old"], StoreIdentity.Read(PosixFileSystem.Instance, Store).KeyIds);
        ring.CurrentKeyId = "new";
        RewrapResult result = await engine.RewrapAsync(cancellation: Cancel);
        Assert.Equal(["old"], result.RetiredKeyIds);
    }

    [Fact]
    public async Task A_checkpoint_beside_a_change_of_keys_names_the_key_that_opens_it()
    {
        TestKeyRing ring = new("old");
        string copy = Path.Combine(_directory, "copy");
        FaultScript script = new(seed: 1);
        StorageEngine? engine = null;
        FaultyFileSystem files = new(PosixFileSystem.Instance, script, _ => engine!.RewrapAsync(cancellation: Cancel).Wait(Cancel));
        await using ThreadJobHost host = new();
        await using (engine = StorageEngine.Create(Store, Options(host, ring) with { FileSystem = files }))
        {
            await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
            EngineFixture.Serve(engine);
            await PutAllAsync(engine);
            ring.Add("new");
            ring.CurrentKeyId = "new";
            script.Add(new Fault(FaultKind.Delay, FileCall.Rename) { Path = "*/copy/CURRENT", Delay = TimeSpan.FromSeconds(1) });
            await engine.CheckpointAsync(copy, cancellation: Cancel);
            Assert.Equal(["new"], engine.KeyIds);
        }

        Assert.Equal(["old"], StoreIdentity.Read(PosixFileSystem.Instance, copy).KeyIds);
        await using StorageEngine other = StorageEngine.Open(copy, Options(host, new TestKeyRing("old")));
        EngineFixture.Serve(other);
        CheckAll(other);
    }

    [Fact]
    public async Task A_damaged_identity_file_is_refused_with_and_without_key_names()
    {
        await using ThreadJobHost host = new();
        await using (await CreateAsync(host, new TestKeyRing("a-name")))
        {
        }

        string path = Path.Combine(Store, FileNames.Identity);
        byte[] bytes = await File.ReadAllBytesAsync(path, Cancel);
        for (int at = 0; at < bytes.Length; at++)
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 1;
            await File.WriteAllBytesAsync(path, damaged, Cancel);
            Assert.Equal(
                StoreErrorCode.Corrupt,
                Assert.Throws<StoreException>(() => StorageEngine.Open(Store, Options(host, new TestKeyRing("a-name")))).Code);
        }
    }

    private static StoreOptions Options(IJobHost host, IKeyRing? ring, Compression codec = Compression.None)
        => EngineFixture.Options(host) with { KeyRing = ring, Compression = codec };

    private static byte[] Key(int i) => Encoding.ASCII.GetBytes($"{Canary}-key-{i:D4}");

    private static byte[] Value(int i) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{Canary}-value-{i} ", 1 + (i % 40))));

    private static async Task PutAllAsync(StorageEngine engine)
    {
        for (int i = 0; i < Records; i++)
        {
            WriteDurability durability = i % 10 == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
            await engine.PutAsync(EngineFixture.ClaimOf(i), Key(i), Value(i), durability);
        }
    }

    private static void CheckAll(StorageEngine engine)
    {
        byte[] value = new byte[4096];
        for (int i = 0; i < Records; i++)
        {
            ReadResult result = engine.Get(EngineFixture.ClaimOf(i), Key(i), value);
            Assert.True(result.Status == ReadStatus.Found && value.AsSpan(0, result.ValueBytes).SequenceEqual(Value(i)));
        }
    }

    private async Task<StorageEngine> CreateAsync(IJobHost host, IKeyRing ring, Compression codec = Compression.None)
    {
        StorageEngine engine = StorageEngine.Create(Store, Options(host, ring, codec));
        await engine.ClaimAsync(Enumerable.Range(0, EngineFixture.Stripes).Select(s => new StripeClaim(s, 1)));
        EngineFixture.Serve(engine);
        return engine;
    }

    private StorageEngine Open(IJobHost host, IKeyRing ring)
    {
        StorageEngine engine = StorageEngine.Open(Store, Options(host, ring));
        EngineFixture.Serve(engine);
        return engine;
    }

    private void RequireHidden()
    {
        foreach (string path in FilesToRead())
        {
            Assert.False(Contains(path, Canary[..8]), $"{path} shows what a user wrote");
        }
    }

    private static bool Contains(string path, string text)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes(text)) >= 0;
    }

    /// <summary>All but the lock file, which is empty and cannot be read while the store is open.</summary>
    private IEnumerable<string> FilesToRead() => Directory.GetFiles(Store).Order().Where(path => Path.GetFileName(path) != FileNames.Lock);

    /// <summary>Names and contents of everything in the directory.</summary>
    private string Fingerprint()
        => string.Join('\n', FilesToRead().Select(path => $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"));

    private sealed class Listener(List<RewrapProgress> heard) : IProgress<RewrapProgress>
    {
        public void Report(RewrapProgress value) => heard.Add(value);
    }

    private sealed class StopAtOnce(CancellationTokenSource source) : IProgress<RewrapProgress>
    {
        public void Report(RewrapProgress value) => source.Cancel();
    }
}
