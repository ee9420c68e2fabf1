using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Xunit;

namespace Keystone.Tests.Testing.Faults;

public class FaultyFileSystemTests
{
    private readonly SimulatedFileSystem _disk = new();

    [Theory]
    [InlineData(FaultKind.Io, StoreErrorCode.Io)]
    [InlineData(FaultKind.DiskFull, StoreErrorCode.DiskFull)]
    [InlineData(FaultKind.TooManyOpenFiles, StoreErrorCode.TooManyOpenFiles)]
    public void A_call_fails_with_its_code_and_without_effect(FaultKind kind, StoreErrorCode code)
    {
        foreach (FileCall call in Enum.GetValues<FileCall>())
        {
            FaultyFileSystem system = With(new Fault(kind, call) { From = call == FileCall.Create ? 2 : 1 });
            using IFile file = system.Create($"/{kind}{call}");
            int filesBefore = _disk.Files().Count;
            long callsBefore = _disk.CallCount;
            Assert.Equal(code, Assert.Throws<StoreException>(() => Make(call, system, file)).Code);
            Assert.Equal(callsBefore, _disk.CallCount);
            Assert.Equal(filesBefore, _disk.Files().Count);
        }
    }

    [Fact]
    public void Only_calls_of_the_kind_and_the_pattern_are_counted_and_struck()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log", From = 2, TimesMax = 2 });
        using IFile log = system.Create("/1.log");
        using IFile table = system.Create("/2.sst");
        string outcome = "";
        for (int index = 0; index < 5; index++)
        {
            table.Write(0, [1]);
            outcome += Succeeds(() => log.Write(0, [1])) ? 'y' : 'n';
        }

        Assert.Equal("ynnyy", outcome);
        Assert.Equal(2, system.Script.Strikes);
    }

    [Fact]
    public void Chance_is_drawn_from_the_seed()
    {
        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
        Assert.InRange(Draw(1).Count(outcome => outcome == 'n'), 20, 80);

        static string Draw(int seed)
        {
            FaultScript script = new(seed, new Fault(FaultKind.Io, FileCall.List) { Probability = 0.25, TimesMax = long.MaxValue });
            FaultyFileSystem system = new(new SimulatedFileSystem(), script);
            return string.Concat(Enumerable.Range(0, 200).Select(_ => Succeeds(() => system.List("/")) ? 'y' : 'n'));
        }
    }

    [Fact]
    public void Short_transfers_say_how_short_they_were()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.Short, FileCall.Write), new Fault(FaultKind.Short, FileCall.Read));
        using IFile file = system.Create("/a");
        byte[] content = [1, 2, 3, 4, 5, 6, 7, 8];
        file.WriteAll(0, content);
        Assert.Equal(content, _disk.ReadAll("/a"));
        byte[] read = new byte[8];
        file.ReadExactly(0, read);
        Assert.Equal(content, read);
        Assert.Equal(2, system.Script.Strikes);
        Assert.Equal(2, system.Operations.Last().Count(operation => operation.Call == FileCall.Write));
    }

    [Fact]
    public void A_lost_sync_fails_and_the_next_one_succeeds_without_the_data()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.LostSync, FileCall.Sync));
        using IFile file = system.Create("/a");
        system.SyncDirectory("/");
        file.WriteAll(0, [1, 2, 3]);
        Assert.Throws<StoreException>(file.Sync);
        file.Sync();
        Assert.Equal([1, 2, 3], _disk.ReadAll("/a"));
        Assert.Equal([0, 0, 0], _disk.Crash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
    }

    [Fact]
    public void A_sync_that_fails_without_loss_can_be_made_again()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.Io, FileCall.Sync));
        using IFile file = system.Create("/a");
        system.SyncDirectory("/");
        file.WriteAll(0, [1, 2, 3]);
        Assert.Throws<StoreException>(file.Sync);
        file.Sync();
        Assert.Equal([1, 2, 3], _disk.Crash(CrashMode.DropAll, seed: 1).ReadAll("/a"));
    }

    [Fact]
    public void A_flipped_bit_is_one_bit_and_nobody_is_told()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.FlipBit, FileCall.Write), new Fault(FaultKind.FlipBit, FileCall.Read));
        using IFile file = system.Create("/a");
        byte[] zeros = new byte[100];
        Assert.Equal(100, file.Write(0, zeros));
        Assert.Equal(1, _disk.ReadAll("/a").Sum(value => int.PopCount(value)));

        _disk.Damage("/a", 0, zeros);
        byte[] read = new byte[100];
        Assert.Equal(100, file.Read(0, read));
        Assert.Equal(1, read.Sum(value => int.PopCount(value)));
        Assert.Equal(100, file.Read(0, read));
        Assert.Equal(zeros, read);
    }

    [Fact]
    public void A_misdirected_transfer_goes_to_another_place_of_the_file()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.Misdirect, FileCall.Write), new Fault(FaultKind.Misdirect, FileCall.Read));
        using IFile file = system.Create("/a");
        Assert.Equal(1, file.Write(5000, [7]));
        Assert.Equal(7, _disk.ReadAll("/a")[904]);
        byte[] read = new byte[1];
        Assert.Equal(1, file.Read(5000, read));
        Assert.Equal(7, read[0]);
    }

    [Fact]
    public void A_delayed_call_lets_time_pass_and_then_does_its_work()
    {
        TimeSpan passed = TimeSpan.Zero;
        FaultScript script = new(1, new Fault(FaultKind.Delay, FileCall.Create) { Delay = TimeSpan.FromSeconds(30) });
        FaultyFileSystem system = new(_disk, script, delay => passed += delay);
        system.Create("/a").Dispose();
        Assert.Equal(TimeSpan.FromSeconds(30), passed);
        Assert.True(_disk.FileExists("/a"));
    }

    [Fact]
    public void Calls_are_numbered_and_printed_with_what_struck_them()
    {
        FaultyFileSystem system = With(new Fault(FaultKind.Short, FileCall.Write));
        using IFile file = system.Create("/a");
        file.Write(10, [1]);
        Assert.Equal("1 Create /a\n2 Write /a 1 bytes at 10 <- Short", system.Operations.ToString());
    }

    [Fact]
    public void A_fault_that_cannot_happen_to_a_call_is_refused()
        => Assert.Throws<ArgumentException>(() => new FaultScript(1, new Fault(FaultKind.LostSync, FileCall.Write)));

    private static bool Succeeds(Action call)
    {
        try
        {
            call();
            return true;
        }
        catch (StoreException)
        {
            return false;
        }
    }

    private static void Make(FileCall call, FaultyFileSystem system, IFile file)
    {
        Action action = call switch
        {
            FileCall.Create => () => system.Create("/new"),
            FileCall.Open => () => system.Open(file.Path, writable: true),
            FileCall.FileExists => () => system.FileExists("/new"),
            FileCall.DirectoryExists => () => system.DirectoryExists("/new"),
            FileCall.CreateDirectory => () => system.CreateDirectory("/new"),
            FileCall.List => () => system.List("/"),
            FileCall.Rename => () => system.Rename(file.Path, "/new"),
            FileCall.Unlink => () => system.Unlink(file.Path),
            FileCall.SyncDirectory => () => system.SyncDirectory("/"),
            FileCall.Lock => () => system.Lock("/LOCK"),
            FileCall.FreeBytes => () => system.FreeBytes("/"),
            FileCall.Length => () => file.Length(),
            FileCall.Read => () => file.Read(0, new byte[1]),
            FileCall.Write => () => file.Write(0, [1]),
            FileCall.Sync => file.Sync,
            FileCall.Link => () => system.TryLink(file.Path, "/new"),
            _ => throw new ArgumentOutOfRangeException(nameof(call), call, "Give this call an example."),
        };
        action();
    }

    private FaultyFileSystem With(params ReadOnlySpan<Fault> faults) => new(_disk, new FaultScript(1, faults));
}
