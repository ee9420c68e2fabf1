using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Testing.Disk;

public class PlannedCrashTests
{
    private readonly SimulatedFileSystem _disk = new();

    [Theory]
    [InlineData(CrashMoment.Before, false)]
    [InlineData(CrashMoment.After, true)]
    public void A_planned_crash_comes_on_the_chosen_side_of_its_call(CrashMoment moment, bool isWritten)
    {
        _disk.CrashAtCall(2, moment);
        IFile file = _disk.Create("/a");
        file.Length();
        Assert.Throws<SimulatedCrash>(() => file.Write(0, [1]));
        Assert.True(_disk.IsDead);
        Assert.Throws<SimulatedCrash>(() => file.Length());
        Assert.Equal(isWritten, _disk.Crash(CrashMode.ProcessKill, seed: 1).ReadAll("/a").Length == 1);
    }

    [Fact]
    public void A_crash_planned_at_a_call_that_fails_comes_at_the_next_one_that_writes()
    {
        _disk.CrashAtCall(1, CrashMoment.After);
        Assert.Throws<Keystone.Storage.StoreException>(() => _disk.Unlink("/none"));
        Assert.Throws<SimulatedCrash>(() => _disk.Create("/a"));
        Assert.False(_disk.Crash(CrashMode.ProcessKill, seed: 1).FileExists("/a"));
    }

    [Fact]
    public void Calls_that_write_are_counted_apart()
    {
        using IFile file = _disk.Create("/a");
        file.Write(0, [1]);
        file.Read(0, new byte[1]);
        file.Sync();
        _disk.List("/");
        Assert.Equal(5, _disk.CallCount);
        Assert.Equal(3, _disk.WriteCallCount);
    }

    [Fact]
    public void A_run_can_be_forked_before_each_of_its_calls()
    {
        List<(FileCall Call, int Files)> forks = [];
        _disk.OnCall = (call, _, _) => forks.Add((call, _disk.AfterCrash(CrashMode.KeepAll, seed: 1).Files().Count));
        _disk.Create("/a").Dispose();
        _disk.Rename("/a", "/b");
        _disk.Unlink("/b");
        Assert.Equal([(FileCall.Create, 0), (FileCall.Rename, 1), (FileCall.Unlink, 1)], forks);
    }

    [Fact]
    public void Calls_that_change_the_disk_are_marked_as_such()
    {
        FileCall[] writes = [.. Enum.GetValues<FileCall>().Where(call => call.IsWrite())];
        Assert.Equal(
            [
                FileCall.Create, FileCall.CreateDirectory, FileCall.Rename, FileCall.Unlink,
                FileCall.SyncDirectory, FileCall.Lock, FileCall.Write, FileCall.Sync, FileCall.Link,
            ],
            writes);
    }
}
