using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Tests.Storage.Engine;
using Xunit;

namespace Keystone.Tests.Storage.Compaction;

public sealed class CompactionMoveTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-move-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Removals_with_nothing_deeper_are_gone_after_a_full_compaction()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await EngineFixture.CreateAsync(Path.Combine(_directory, "store"), host);
        StripeClaim claim = EngineFixture.ClaimOf(0);
        await engine.PutAsync(claim, [1], [1]);
        await engine.DeleteAsync(claim, [2]);
        await engine.FlushAsync();
        Assert.Equal(2, engine.Statistics().FileEntries);
        await engine.CompactAsync(cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(1, engine.Statistics().FileEntries);
    }
}
