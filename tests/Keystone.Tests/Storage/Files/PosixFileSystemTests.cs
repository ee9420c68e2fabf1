using System.Diagnostics;
using System.Runtime.Versioning;
using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Files;

[SupportedOSPlatform("linux")]
public sealed class PosixFileSystemTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-").FullName;
    private readonly PosixFileSystem _system = PosixFileSystem.Instance;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Bytes_come_back_from_where_they_were_written()
    {
        using IFile file = _system.Create(At("a"));
        Assert.Equal(3, file.Write(5, [1, 2, 3]));
        file.Sync();
        Assert.Equal(8, file.Length());
        byte[] read = new byte[10];
        Assert.Equal(7, file.Read(1, read));
        Assert.Equal([0, 0, 0, 0, 1, 2, 3, 0, 0, 0], read);
        Assert.Equal(0, file.Read(8, read));
        Assert.Equal(0, file.Write(0, []));
    }

    [Fact]
    public void Files_and_directories_are_for_their_owner_only()
    {
        _system.CreateDirectory(At("d"));
        _system.CreateDirectory(At("d"));
        _system.Create(At("d/a")).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(At("d")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(At("d/a")));
    }

    [Fact]
    public void A_failure_names_the_call_the_path_the_reason_and_what_to_do()
    {
        StoreException failure = Assert.Throws<StoreException>(() => _system.Open(At("none"), writable: true));
        Assert.Equal(StoreErrorCode.NotFound, failure.Code);
        Assert.Contains($"open of {At("none")} failed", failure.Message, StringComparison.Ordinal);
        Assert.Contains("No such file or directory (errno 2). Check the path.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_descriptor_and_the_last_byte_have_codes_of_their_own()
    {
        Assert.Equal(StoreErrorCode.TooManyOpenFiles, PosixErrors.From("open", "/a", 24).Code);
        Assert.Equal(StoreErrorCode.TooManyOpenFiles, PosixErrors.From("open", "/a", 23).Code);
        Assert.Equal(StoreErrorCode.DiskFull, PosixErrors.From("pwrite", "/a", 28).Code);
        Assert.Equal(StoreErrorCode.DiskFull, PosixErrors.From("pwrite", "/a", 122).Code);
        Assert.Equal(StoreErrorCode.Io, PosixErrors.From("pwrite", "/a", 5).Code);
    }

    [Fact]
    public void A_device_without_space_is_a_full_disk()
    {
        using IFile file = _system.Open("/dev/full", writable: true);
        Assert.Equal(StoreErrorCode.DiskFull, Assert.Throws<StoreException>(() => file.Write(0, [1])).Code);
    }

    [Fact]
    public void A_call_on_a_closed_file_throws_instead_of_reaching_another_file()
    {
        IFile file = _system.Create(At("a"));
        file.Dispose();
        file.Dispose();
        Assert.Throws<ObjectDisposedException>(() => file.Read(0, new byte[1]));
        Assert.Throws<ObjectDisposedException>(file.Sync);
    }

    [Fact]
    public void Two_stores_of_one_process_exclude_each_other_whatever_they_call_the_path()
    {
        using (_system.Lock(At("LOCK")))
        {
            Assert.Equal(StoreErrorCode.Locked, Assert.Throws<StoreException>(() => _system.Lock(At("LOCK"))).Code);
            Assert.Equal(StoreErrorCode.Locked, Assert.Throws<StoreException>(() => _system.Lock(At("./LOCK"))).Code);
            File.CreateSymbolicLink(At("other"), _directory);
            Assert.Equal(StoreErrorCode.Locked, Assert.Throws<StoreException>(() => _system.Lock(At("other/LOCK"))).Code);
            Assert.True(_system.FileExists(At("LOCK")));
        }

        _system.Lock(At("LOCK")).Dispose();
        _system.Lock(At("other/LOCK")).Dispose();
    }

    [Fact]
    public void Another_process_cannot_take_a_lock_that_is_held_and_a_child_does_not_inherit_it()
    {
        IDisposable held = _system.Lock(At("LOCK"));
        using Process child = Process.Start("sleep", "100");
        try
        {
            Assert.NotEqual(0, Flock());
            held.Dispose();
            Assert.Equal(0, Flock());
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        using IFile file = _system.Create(At("a"));
        byte[] bytes = new byte[4096];
        Exercise(file, bytes, times: 100);
        Assert.Equal(0, Allocations.Of(() => Exercise(file, bytes, times: 100)));
    }

    [Fact]
    public void Free_bytes_are_those_of_the_disk_that_holds_the_directory()
    {
        Assert.InRange(_system.FreeBytes(_directory), 1, long.MaxValue);
        Assert.Equal(StoreErrorCode.NotFound, Assert.Throws<StoreException>(() => _system.FreeBytes(At("none"))).Code);
    }

    private static void Exercise(IFile file, byte[] bytes, int times)
    {
        for (int index = 0; index < times; index++)
        {
            file.Write(0, bytes);
            file.Read(0, bytes);
            file.Length();
        }
    }

    private int Flock()
    {
        using Process process = Process.Start("flock", ["-n", At("LOCK"), "true"]);
        process.WaitForExit();
        return process.ExitCode;
    }

    private string At(string name) => $"{_directory}/{name}";
}
