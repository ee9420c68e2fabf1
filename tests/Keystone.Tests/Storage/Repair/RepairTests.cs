using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Keystone.Testing.Jobs;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Repair;

/// <summary>For each kind of file that can be damaged or gone: what has to survive, and that the rest is told.</summary>
public sealed class RepairTests
{
    private readonly DamagedStore _store = new();

    [Fact]
    public void A_store_without_damage_comes_over_whole()
    {
        RepairResult result = _store.Repair();
        Assert.True(result.IsWhole);
        Assert.False(result.MayHoldDeleted);
        Assert.Empty(_store.Differences(_store.Read()));
    }

    [Theory]
    [InlineData("IDENTITY")]
    [InlineData("CURRENT")]
    public void Without_identity_or_current_nothing_is_lost_but_they(string name)
    {
        _store.Disk.Unlink($"{DamagedStore.Source}/{name}");
        RepairResult result = _store.Repair();
        Assert.Equal(name, Assert.Single(result.Losses).File);
        Assert.Empty(_store.Differences(_store.Read()));
    }

    [Theory]
    [InlineData("IDENTITY", 20)]
    [InlineData("CURRENT", 10)]
    public void With_a_damaged_identity_or_current_nothing_is_lost_but_they(string name, int offset)
    {
        _store.Disk.FlipBit($"{DamagedStore.Source}/{name}", offset, 3);
        RepairResult result = _store.Repair();
        Assert.Equal(name, Assert.Single(result.Losses).File);
        Assert.Empty(_store.Differences(_store.Read()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_a_manifest_all_tables_count_and_the_result_says_what_that_means(bool isGone)
    {
        string manifest = Assert.Single(_store.Files("MANIFEST"));
        if (isGone)
        {
            _store.Disk.Unlink(manifest);
        }
        else
        {
            _store.Disk.Damage(manifest, 0, new byte[_store.Disk.ReadAll(manifest).Length]);
        }

        RepairResult result = _store.Repair();
        Assert.True(result.MayHoldDeleted);
        Assert.Contains(result.Losses, loss => loss.File.StartsWith("MANIFEST", StringComparison.Ordinal));
        int[] values = _store.Read();
        _store.RequireOnlyWritten(values);

        // The range drop had been flushed, so that its mark stood in the manifest alone. Everything else is as it was.
        Assert.All(_store.Differences(values), i => Assert.Equal(3, i % 16));
    }

    [Fact]
    public void Tables_of_which_nothing_tells_the_stripe_are_listed()
    {
        _store.Disk.Unlink(Assert.Single(_store.Files("MANIFEST")));
        RepairResult result = _store.Repair(new RepairOptions());
        string[] tables = [.. _store.Files(".sst").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        RepairLoss[] left = [.. result.Losses.Where(l => l.File.EndsWith(".sst", StringComparison.Ordinal))];
        Assert.Equal(tables, left.Select(l => l.File).Order(StringComparer.Ordinal));
        Assert.All(left, loss => Assert.True(loss.Bytes > 0 && loss.Entries > 0));
    }

    [Fact]
    public void Without_identity_and_claims_the_count_of_stripes_has_to_be_given()
    {
        _store.Disk.Unlink($"{DamagedStore.Source}/IDENTITY");
        _store.Disk.Unlink(Assert.Single(_store.Files("MANIFEST")));
        StoreException refusal = Assert.Throws<StoreException>(() => _store.Repair());
        Assert.Equal(StoreErrorCode.LimitExceeded, refusal.Code);
        RepairOptions told = new() { StripeCount = 16, StripeOf = static (first, _, count, _) => first[^1] % count };
        Assert.False(_store.Repair(told).IsWhole);
        _store.RequireOnlyWritten(_store.Read());
    }

    [Fact]
    public void A_table_that_is_gone_costs_its_entries_and_no_more()
    {
        foreach (string table in _store.Files(".sst").ToArray())
        {
            DamagedStore store = new();
            store.Disk.Unlink(table);
            RepairResult result = store.Repair();
            RepairLoss loss = Assert.Single(result.Losses);
            Assert.Equal(Path.GetFileName(table), loss.File);
            Assert.True(loss.Entries > 0);
            int[] values = store.Read();
            store.RequireOnlyWritten(values);
            List<int> differences = store.Differences(values);
            Assert.True(differences.Count <= loss.Entries);
            Assert.Single(differences.Select(i => i % 16).Distinct().DefaultIfEmpty());
        }
    }

    [Fact]
    public void A_damaged_block_costs_its_entries_and_no_more()
    {
        string table = _store.Files(".sst").MaxBy(f => _store.Disk.ReadAll(f).Length)!;
        _store.Disk.FlipBit(table, 70, 1);
        RepairResult result = _store.Repair();
        RepairLoss loss = Assert.Single(result.Losses);
        Assert.Equal(Path.GetFileName(table), loss.File);
        Assert.Equal(64, loss.Offset);
        Assert.InRange(loss.Bytes, 1, 400);
        int[] values = _store.Read();
        _store.RequireOnlyWritten(values);
        Assert.InRange(_store.Differences(values).Count, 0, 10);
    }

    [Fact]
    public void A_damaged_group_costs_its_operation_and_no_more()
    {
        // Groups of one put each; somewhere in the middle of the segment that holds the last writes.
        string segment = _store.Files(".log").MaxBy(f => _store.Disk.ReadAll(f).AsSpan().LastIndexOfAnyExcept((byte)0))!;
        int end = _store.Disk.ReadAll(segment).AsSpan().LastIndexOfAnyExcept((byte)0);
        _store.Disk.FlipBit(segment, end - 1500, 1);
        RepairResult result = _store.Repair();
        RepairLoss loss = Assert.Single(result.Losses);
        Assert.Equal(Path.GetFileName(segment), loss.File);
        Assert.InRange(loss.Bytes, 64, 256);
        int[] values = _store.Read();
        _store.RequireOnlyWritten(values);
        Assert.Single(_store.Differences(values));
    }

    [Fact]
    public void A_segment_that_is_gone_leaves_what_is_in_tables()
    {
        foreach (string segment in _store.Files(".log").ToArray())
        {
            _store.Disk.Unlink(segment);
        }

        RepairResult result = _store.Repair();
        Assert.False(result.IsWhole);
        Assert.All(result.Losses, loss => Assert.EndsWith(".log", loss.File, StringComparison.Ordinal));
        int[] values = _store.Read();
        _store.RequireOnlyWritten(values);
        Assert.All(_store.Differences(values), i => Assert.True(i is (>= 80 and < 120) or (>= 20 and < 30), $"key {i}"));

        DamagedStore flushed = new(flushesAll: true);
        foreach (string segment in flushed.Files(".log").ToArray())
        {
            flushed.Disk.Unlink(segment);
        }

        flushed.Repair();
        Assert.Empty(flushed.Differences(flushed.Read()));
    }

    [Fact]
    public void Whatever_is_damaged_nothing_false_comes_back_and_what_is_not_told_as_lost_is_there()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            DamagedStore store = new();
            Dice dice = new(seed, 0);
            string[] files = [.. store.Files("").Where(f => !f.EndsWith("LOCK", StringComparison.Ordinal))];
            for (int damages = 1 + dice.Below(2); damages > 0; damages--)
            {
                string file = files[dice.Below(files.Length)];
                int used = store.Disk.ReadAll(file).AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
                byte[] noise = new byte[1 + dice.Below(200)];
                noise.AsSpan().Fill((byte)dice.Below(256));
                int offset = dice.Below(Math.Max(1, used));
                store.Disk.Damage(file, offset, noise.AsSpan(0, Math.Min(noise.Length, store.Disk.ReadAll(file).Length - offset)));
            }

            RepairResult result = store.Repair();
            int[] values = store.Read();
            store.RequireOnlyWritten(values);
            Assert.True(!result.IsWhole || store.Differences(values).Count == 0, $"seed {seed}");
        }
    }

    [Fact]
    public void A_sealed_store_comes_over_sealed_but_for_what_is_damaged()
    {
        DamagedStore store = new(isEncrypted: true);
        Assert.True(store.Repair().IsWhole);
        Assert.Empty(store.Differences(store.Read()));

        DamagedStore damaged = new(isEncrypted: true);
        string table = damaged.Files(".sst").MaxBy(f => damaged.Disk.ReadAll(f).Length)!;
        damaged.Disk.FlipBit(table, 70, 1);
        damaged.Disk.Unlink($"{DamagedStore.Source}/IDENTITY");
        Assert.Equal(["IDENTITY", Path.GetFileName(table)!], damaged.Repair().Losses.Select(l => l.File));
        damaged.RequireOnlyWritten(damaged.Read());
    }

    [Fact]
    public void Bytes_without_a_seal_are_not_taken_over_into_a_sealed_store()
    {
        DamagedStore store = new(isEncrypted: true);
        store.Disk.Unlink(Assert.Single(store.Files("MANIFEST")));
        UInt128 id = StoreIdentity.Read(store.Disk, DamagedStore.Source).StoreId;
        byte[] key = [(byte)'k', 0, 0];
        byte[] value = [77];
        int bytes = LogPart.OperationBytes(EntryKind.Put, key.Length, value.Length);
        byte[] part = new byte[LogPart.HeaderBytes(0, 1, 1_000_000, 1, bytes) + bytes];
        LogPart.WriteOperation(LogPart.WriteHeader(part, 0, 1, 1_000_000, 1, bytes), EntryKind.Put, key, value);
        using (NativeBuffer group = new(new MemoryAccount("test"), 4096))
        using (GroupWriter writer = new(store.Disk.Create($"{DamagedStore.Source}/999999.log"), 1 << 20, id, 1_000_000, GroupKind.Commit))
        {
            group.Append(GroupHeader.Bytes);
            group.Append(part);
            writer.Write(group, number: 1, durableThrough: 0);
            writer.Sync();
        }

        RepairResult result = store.Repair();
        Assert.Contains(result.Losses, loss => loss is { File: "999999.log", What: "its key is lost" });
        store.RequireOnlyWritten(store.Read());
    }

    [Fact]
    public void A_sealed_store_without_its_identity_is_not_repaired_without_its_ring()
    {
        DamagedStore store = new(isEncrypted: true);
        store.Disk.Unlink($"{DamagedStore.Source}/IDENTITY");
        StoreException refusal = Assert.Throws<StoreException>(
            () => StorageEngine.Repair(
                DamagedStore.Source,
                DamagedStore.Target,
                store.Options with { KeyRing = null },
                cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(StoreErrorCode.KeyMissing, refusal.Code);
        Assert.False(store.Disk.DirectoryExists(DamagedStore.Target));
    }

    [Fact]
    public void Keys_that_were_read_before_a_broken_seal_open_their_files()
    {
        DamagedStore store = new(isEncrypted: true);
        string manifest = Assert.Single(store.Files("MANIFEST"));
        (byte[] bytes, GroupHeader header) = Records(store.Disk, manifest)[^2];
        bytes[^1] ^= 1;
        header.WriteChecksum(bytes);
        store.Disk.Damage(manifest, header.OffsetBytes, bytes);
        Assert.False(store.Repair().IsWhole);
        int[] values = store.Read();
        store.RequireOnlyWritten(values);
        Assert.Contains(values, value => value >= 0);
    }

    [Fact]
    public void A_disk_that_owned_some_stripes_gets_no_others_and_its_lowest_is_told()
    {
        SeededJobHost host = new(seed: 1);
        SimulatedFileSystem disk = new();
        StoreOptions options = EngineFixture.Options(host) with { FileSystem = disk };
        StorageEngine engine = StorageEngine.Create("/store", options);
        host.Await(engine.ClaimAsync(Enumerable.Range(8, 8).Select(s => new StripeClaim(s, 1))));
        host.Await(engine.DisposeAsync());
        engine = StorageEngine.Open("/store", options);
        Assert.True(engine.TryServe(new StripeClaim(8, 1)));
        host.Await(engine.PutAsync(new StripeClaim(8, 1), [1], [1]));
        host.Await(engine.FlushAsync());
        host.Await(engine.DisposeAsync());
        string manifest = Assert.Single(disk.Files(), f => f.Contains("MANIFEST", StringComparison.Ordinal));
        foreach ((_, GroupHeader header) in Records(disk, manifest)[1..^1])
        {
            disk.FlipBit(manifest, header.OffsetBytes + GroupHeader.Bytes, 1);
        }

        int lowest = -1;
        RepairOptions repair = new() { StripeOf = (_, _, _, lowestOwned) => lowest = lowestOwned };
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        RepairResult result = StorageEngine.Repair("/store", "/repaired", options, repair, cancellation: cancellation);
        Assert.False(result.IsWhole);
        Assert.Equal(8, lowest);
        StorageEngine repaired = StorageEngine.Open("/repaired", options);
        Assert.False(repaired.TryServe(new StripeClaim(0, 1)));
        Assert.True(repaired.TryServe(new StripeClaim(8, 1)));
        Assert.Equal(ReadStatus.Found, repaired.Get(new StripeClaim(8, 1), [1], new byte[8]).Status);
        host.Await(repaired.DisposeAsync());
    }

    [Fact]
    public void A_target_without_room_is_not_kept_locked()
    {
        FaultScript script = new(seed: 1);
        script.Add(new Fault(FaultKind.DiskFull, FileCall.Create) { Path = "*/CHECKPOINT" });
        StoreOptions options = _store.Options with { FileSystem = new FaultyFileSystem(_store.Disk, script) };
        StoreException full = Assert.Throws<StoreException>(
            () => StorageEngine.Repair(
                DamagedStore.Source, DamagedStore.Target, options, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(StoreErrorCode.DiskFull, full.Code);
        Assert.True(_store.Repair().IsWhole);
    }

    [Fact]
    public void A_log_that_is_larger_than_memory_is_salvaged_through_files()
    {
        SeededJobHost host = new(seed: 1);
        SimulatedFileSystem disk = new();
        StoreOptions options = EngineFixture.Options(host, writeBufferBytes: 16 << 20) with { FileSystem = disk };
        StorageEngine engine = StorageEngine.Create("/store", options);
        host.Await(engine.ClaimAsync([new StripeClaim(0, 1)]));
        Assert.True(engine.TryServe(new StripeClaim(0, 1)));
        for (int i = 0; i < 600; i++)
        {
            host.Await(engine.PutAsync(new StripeClaim(0, 1), [(byte)(i % 200), 1], Enumerable.Repeat((byte)i, 8000).ToArray()));
        }

        host.Await(engine.DisposeAsync());
        StoreOptions small = options with { WriteBufferBytesMax = 64 << 10, LogBytesMax = 1 << 20 };
        RepairResult result = StorageEngine.Repair("/store", "/repaired", small, cancellation: TestContext.Current.CancellationToken);
        Assert.True(result.IsWhole);
        Assert.Equal(200, result.EntriesKept);
        StorageEngine repaired = StorageEngine.Open("/repaired", options);
        Assert.True(repaired.TryServe(new StripeClaim(0, 1)));
        Assert.Equal(600UL, repaired.LastSequenceOf(0));
        byte[] value = new byte[8000];
        for (int i = 400; i < 600; i++)
        {
            Assert.Equal(ReadStatus.Found, repaired.Get(new StripeClaim(0, 1), [(byte)(i % 200), 1], value).Status);
            Assert.Equal((byte)i, value[0]);
        }

        host.Await(repaired.DisposeAsync());
        Assert.Equal(0, disk.OpenHandles);
    }

    [Fact]
    public void A_directory_without_a_store_or_a_target_in_use_is_refused()
    {
        _store.Disk.AddDirectory("/nothing");
        StoreException none = Assert.Throws<StoreException>(
            () => StorageEngine.Repair("/nothing", "/repaired", _store.Options, cancellation: TestContext.Current.CancellationToken));
        Assert.Equal(StoreErrorCode.NotFound, none.Code);
        StoreException same = Assert.Throws<StoreException>(
            () => StorageEngine.Repair(
                DamagedStore.Source, DamagedStore.Source, _store.Options, cancellation: TestContext.Current.CancellationToken));
        Assert.True(same.Code is StoreErrorCode.AlreadyExists or StoreErrorCode.Locked);
    }

    /// <summary>The records of a manifest, in order, with headers.</summary>
    private static List<(byte[] Bytes, GroupHeader Header)> Records(SimulatedFileSystem disk, string manifest)
    {
        byte[] file = disk.ReadAll(manifest);
        List<(byte[] Bytes, GroupHeader Header)> records = [];
        Assert.True(GroupHeader.TryReadOwner(file, out UInt128 storeId, out ulong number));
        int at = 0;
        while (GroupHeader.TryRead(file.AsSpan(at), storeId, number, GroupKind.Manifest, at, file.Length, out GroupHeader header))
        {
            records.Add((file[at..(at + GroupHeader.Bytes + header.BodyBytes)], header));
            at = (int)header.EndBytes;
        }

        return records;
    }
}
