using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Testing.Disk;

/// <summary>The rules of the simulated disk, one by one. Everything the crash suite finds rests on them.</summary>
public class SimulatedDiskTests
{
    private const int Seeds = 200;
    private readonly SimulatedFileSystem _disk = new();

    public static TheoryData<CrashMode> PowerLosses => [.. Enum.GetValues<CrashMode>().Where(mode => mode != CrashMode.ProcessKill)];

    [Theory]
    [MemberData(nameof(PowerLosses))]
    public void What_was_synced_with_its_name_survives_every_power_loss(CrashMode mode)
    {
        WriteSynced("/a", Filled(10_000, 1));
        _disk.SyncDirectory("/");
        for (int seed = 0; seed < Seeds; seed++)
        {
            Assert.Equal(Filled(10_000, 1), _disk.AfterCrash(mode, seed).ReadAll("/a"));
        }
    }

    [Fact]
    public void Writes_that_were_not_synced_fall_back_to_the_synced_bytes_under_them()
    {
        IFile file = WriteSynced("/a", Filled(10_000, 1));
        _disk.SyncDirectory("/");
        file.WriteAll(100, Filled(5_000, 2));

        Assert.Equal(Filled(10_000, 1), _disk.Crash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
    }

    [Fact]
    public void A_process_kill_keeps_what_was_written_but_does_not_make_it_durable()
    {
        IFile file = WriteSynced("/a", Filled(100, 1));
        _disk.SyncDirectory("/");
        file.WriteAll(0, Filled(100, 2));

        SimulatedFileSystem killed = _disk.Crash(CrashMode.ProcessKill, seed: 1);

        Assert.Equal(Filled(100, 2), killed.ReadAll("/a"));
        Assert.Equal(Filled(100, 1), killed.Crash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
    }

    [Fact]
    public void After_a_crash_every_call_on_the_old_disk_throws_and_closing_does_not()
    {
        IFile file = WriteSynced("/a", Filled(100, 1));
        IDisposable held = _disk.Lock("/LOCK");
        _disk.Crash(CrashMode.ProcessKill, seed: 1);

        Assert.Throws<SimulatedCrash>(() => file.Read(0, new byte[1]));
        Assert.Throws<SimulatedCrash>(() => file.Write(0, new byte[1]));
        Assert.Throws<SimulatedCrash>(file.Sync);
        Assert.Throws<SimulatedCrash>(() => file.Length());
        Assert.Throws<SimulatedCrash>(() => _disk.Open("/a", writable: true));
        Assert.Throws<SimulatedCrash>(() => _disk.List("/"));
        file.Dispose();
        held.Dispose();
        Assert.Equal(0, _disk.OpenHandles);
    }

    [Fact]
    public void A_name_that_was_not_synced_is_lost_even_if_its_file_was()
    {
        WriteSynced("/a", Filled(100, 1));
        Assert.False(_disk.AfterCrash(CrashMode.DropAll, seed: 1).FileExists("/a"));
        Assert.False(_disk.AfterCrash(CrashMode.DataOnly, seed: 1).FileExists("/a"));
        Assert.True(_disk.AfterCrash(CrashMode.EntriesOnly, seed: 1).FileExists("/a"));
    }

    [Fact]
    public void A_removed_name_comes_back_unless_its_directory_was_synced()
    {
        WriteSynced("/a", Filled(100, 1));
        _disk.SyncDirectory("/");
        _disk.Unlink("/a");
        Assert.Equal(Filled(100, 1), _disk.AfterCrash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
        _disk.SyncDirectory("/");
        Assert.False(_disk.AfterCrash(CrashMode.DropAll, seed: 1).FileExists("/a"));
    }

    [Fact]
    public void A_synced_directory_brings_no_bytes_with_it()
    {
        IFile file = _disk.Create("/a");
        file.WriteAll(0, Filled(100, 1));
        _disk.SyncDirectory("/");
        Assert.Empty(_disk.AfterCrash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
        Assert.Equal(Filled(100, 1), _disk.AfterCrash(CrashMode.DataOnly, seed: 1).ReadAll("/a"));
    }

    [Fact]
    public void A_new_directory_is_lost_with_all_in_it_until_its_parent_is_synced()
    {
        _disk.CreateDirectory("/store");
        WriteSynced("/store/a", Filled(100, 1));
        _disk.SyncDirectory("/store");
        Assert.False(_disk.AfterCrash(CrashMode.DropAll, seed: 1).DirectoryExists("/store"));
        _disk.SyncDirectory("/");
        Assert.Equal(Filled(100, 1), _disk.AfterCrash(CrashMode.DropAll, seed: 1).ReadAll("/store/a"));
    }

    [Fact]
    public void A_directory_added_by_the_test_is_there_for_good()
    {
        _disk.AddDirectory("/data/store");
        Assert.True(_disk.AfterCrash(CrashMode.DropAll, seed: 1).DirectoryExists("/data/store"));
        Assert.Equal(0, _disk.CallCount);
    }

    [Fact]
    public void A_rename_that_was_not_synced_never_leaves_its_target_without_a_file()
    {
        WriteSynced("/CURRENT", [1]);
        _disk.SyncDirectory("/");
        WriteSynced("/CURRENT.tmp", [2]);
        _disk.Rename("/CURRENT.tmp", "/CURRENT");

        HashSet<string> found = [];
        for (int seed = 0; seed < Seeds; seed++)
        {
            SimulatedFileSystem after = _disk.AfterCrash(CrashMode.RandomSectors, seed);
            found.Add($"{after.ReadAll("/CURRENT")[0]} {after.FileExists("/CURRENT.tmp")}");
        }

        // The file may keep its old name beside the new one, or be lost with the old one. The temporary file was synced but its
        // name was not, so it is there only if its creation came through and its removal did not.
        Assert.Equal(["1 False", "1 True", "2 False", "2 True"], found.Order());
    }

    [Fact]
    public void A_file_that_kept_both_names_is_one_file()
    {
        WriteSynced("/a", [1]);
        Assert.True(_disk.TryLink("/a", "/b"));
        using IFile file = _disk.Open("/b", writable: true);
        file.WriteAll(0, [2]);
        Assert.Equal([2], _disk.ReadAll("/a"));

        SimulatedFileSystem after = _disk.Crash(CrashMode.KeepAll, seed: 1);
        using IFile again = after.Open("/a", writable: true);
        again.WriteAll(0, [3]);
        Assert.Equal([3], after.ReadAll("/b"));
    }

    [Fact]
    public void Unlinks_may_be_kept_while_an_earlier_rename_is_lost()
    {
        WriteSynced("/old", [1]);
        WriteSynced("/a", [2]);
        _disk.SyncDirectory("/");
        _disk.Rename("/a", "/b");
        _disk.Unlink("/old");

        SimulatedFileSystem[] disks = [.. Enumerable.Range(0, Seeds).Select(seed => _disk.AfterCrash(CrashMode.Reordered, seed))];
        Assert.Contains(disks, disk => !disk.FileExists("/old") && !disk.FileExists("/b") && disk.FileExists("/a"));
    }

    [Fact]
    public void An_open_file_outlives_its_name_and_its_space_is_free_when_it_is_closed()
    {
        SimulatedFileSystem disk = new(capacityBytes: 8192);
        IFile file = disk.Create("/a");
        file.WriteAll(0, Filled(8192, 1));
        disk.Unlink("/a");
        byte[] content = new byte[8192];
        Assert.Equal(8192, file.ReadUpTo(0, content));
        Assert.Equal(0, disk.FreeBytes("/"));
        file.Dispose();
        Assert.Equal(8192, disk.FreeBytes("/"));
    }

    [Fact]
    public void A_full_disk_writes_short_then_refuses_and_still_overwrites()
    {
        SimulatedFileSystem disk = new(capacityBytes: 8192);
        using IFile file = disk.Create("/a");
        Assert.Equal(8192, file.Write(0, Filled(10_000, 1)));
        Assert.Equal(StoreErrorCode.DiskFull, Assert.Throws<StoreException>(() => file.Write(8192, [1])).Code);
        Assert.Equal(8192, file.Length());
        Assert.Equal(100, file.Write(50, Filled(100, 2)));
        disk.CapacityBytes = 12_288;
        Assert.Equal(1, file.Write(8192, [1]));
    }

    [Fact]
    public void A_failed_sync_leaves_the_bytes_readable_and_a_later_sync_does_not_persist_them()
    {
        IFile file = WriteSynced("/a", Filled(8192, 1));
        _disk.SyncDirectory("/");
        file.WriteAll(0, Filled(100, 2));
        ((SimulatedFile)file).LoseUnsynced();
        Assert.Equal(2, _disk.ReadAll("/a")[0]);
        file.Sync();

        foreach (CrashMode mode in PowerLosses.Select(row => row.Data))
        {
            Assert.Equal(1, _disk.AfterCrash(mode, seed: 1).ReadAll("/a")[0]);
        }

        file.WriteAll(4000, [3]);
        file.Sync();
        Assert.Equal(2, _disk.AfterCrash(CrashMode.DropAll, seed: 1).ReadAll("/a")[0]);
    }

    [Fact]
    public void Locks_exclude_each_other_and_die_with_the_process()
    {
        IDisposable held = _disk.Lock("/LOCK");
        Assert.Equal(StoreErrorCode.Locked, Assert.Throws<StoreException>(() => _disk.Lock("/LOCK")).Code);
        _disk.Clone().Lock("/LOCK").Dispose();
        held.Dispose();
        _disk.Lock("/LOCK");
        _disk.Crash(CrashMode.ProcessKill, seed: 1).Lock("/LOCK").Dispose();
    }

    [Fact]
    public void A_clone_and_its_original_do_not_see_each_others_writes()
    {
        IFile file = WriteSynced("/a", Filled(5000, 1));
        SimulatedFileSystem clone = _disk.Clone();
        file.WriteAll(0, [2]);
        using IFile other = clone.Open("/a", writable: true);
        other.WriteAll(1, [3]);
        Assert.Equal([2, 1], _disk.ReadAll("/a")[..2]);
        Assert.Equal([1, 3], clone.ReadAll("/a")[..2]);
    }

    [Fact]
    public void Damage_is_seen_at_once_and_after_a_crash()
    {
        WriteSynced("/a", [1, 2, 3]);
        _disk.SyncDirectory("/");
        _disk.FlipBit("/a", offset: 1, bit: 0);
        Assert.Equal([1, 3, 3], _disk.ReadAll("/a"));
        _disk.Resize("/a", 2);
        Assert.Equal([1, 3], _disk.Crash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        return bytes;
    }

    private IFile WriteSynced(string path, byte[] content)
    {
        IFile file = _disk.Create(path);
        file.WriteAll(0, content);
        file.Sync();
        return file;
    }
}
