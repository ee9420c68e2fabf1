using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A new store is made only where there is nothing, and what is refused is left as it is.</summary>
public sealed class EngineCreationTests
{
    [Theory]
    [InlineData("notes.txt")]
    [InlineData("backup/")]
    [InlineData("000002.log")]
    [InlineData("000003.sst")]
    [InlineData("MANIFEST-000007")]
    [InlineData("LOCK/")]
    [InlineData("CURRENT/")]
    public async Task A_store_is_not_made_in_a_directory_that_holds_anything(string name)
    {
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/store");
        Put(disk, $"/store/{name}");
        await RequireRefusedAsync(disk, "/store", () => string.Join(' ', disk.Files()) + disk.WriteCallCount);

        string path = Directory.CreateTempSubdirectory("keystone-creation-").FullName;
        Put(PosixFileSystem.Instance, Path.Combine(path, name));
        await RequireRefusedAsync(
            PosixFileSystem.Instance, path, () => string.Join(' ', Directory.GetFileSystemEntries(path).Order(StringComparer.Ordinal)));
        Directory.Delete(path, recursive: true);
    }

    [Fact]
    public async Task A_store_that_lost_its_identity_is_not_made_anew_over_what_it_holds()
    {
        SimulatedFileSystem disk = new();
        await using ThreadJobHost host = new();
        await using (StorageEngine engine = StorageEngine.Create("/store", OptionsOf(disk, host)))
        {
            Assert.NotEmpty(disk.Files());
        }

        disk.Unlink("/store/IDENTITY");
        await RequireRefusedAsync(disk, "/store", () => string.Join(' ', disk.Files()) + disk.WriteCallCount);
    }

    [Fact]
    public async Task What_an_interrupted_creation_left_does_not_stand_in_the_way()
    {
        SimulatedFileSystem disk = new();
        disk.AddDirectory("/store");
        foreach (string name in new[] { "LOCK", "MANIFEST-000001", "CURRENT", "CURRENT.tmp", "IDENTITY.tmp" })
        {
            Put(disk, $"/store/{name}");
        }

        await using ThreadJobHost host = new();
        await using StorageEngine engine = StorageEngine.Create("/store", OptionsOf(disk, host));
        Assert.Equal(1UL, engine.Incarnation);
    }

    private static void Put(IFileSystem files, string path)
    {
        if (path.EndsWith('/'))
        {
            files.CreateDirectory(path[..^1]);
        }
        else
        {
            files.Create(path).Dispose();
        }
    }

    private static async Task RequireRefusedAsync(IFileSystem files, string path, Func<string> look)
    {
        await using ThreadJobHost host = new();
        string before = look();
        StorageEngine? made = null;
        Exception? refusal = Record.Exception(() => { made = StorageEngine.Create(path, OptionsOf(files, host)); });
        if (made is not null)
        {
            await made.DisposeAsync();
        }

        Assert.Equal(StoreErrorCode.AlreadyExists, Assert.IsType<StoreException>(refusal).Code);
        Assert.Contains("is not empty", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, look());
    }

    private static StoreOptions OptionsOf(IFileSystem files, ThreadJobHost host) => EngineFixture.Options(host) with { FileSystem = files };
}
