using System.Diagnostics;
using System.Runtime.CompilerServices;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Storage.Versions;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>
/// Behind its numbers a batch can only fail by a defect. Here a stripe is made to give a sequence twice, which its memtable refuses.
/// </summary>
public sealed class BrokenBatchTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-broken-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(WriteDurability.Buffered, false)]
    [InlineData(WriteDurability.Buffered, true)]
    [InlineData(WriteDurability.Synced, false)]
    [InlineData(WriteDurability.Synced, true)]
    public async Task A_batch_that_fails_behind_its_numbers_poisons_the_store_and_nobody_waits_for_it(
        WriteDurability durability, bool isBatch)
    {
        await using ThreadJobHost host = new();
        string path = Path.Combine(_directory, "store");
        StripeClaim claim = EngineFixture.ClaimOf(0);
        StorageEngine engine = await EngineFixture.CreateAsync(path, host);
        await engine.PutAsync(claim, [1], [1]);
        await engine.PutAsync(claim, [2], [2]);
        StripesOf(engine)[claim.Stripe].LastSequence--;

        await Assert.ThrowsAsync<UnreachableException>(async () => await WriteAsync(engine, claim, durability, isBatch));

        StoreException refused = await Assert.ThrowsAsync<StoreException>(
            async () => await WriteAsync(engine, EngineFixture.ClaimOf(1), durability, isBatch));
        Assert.True(refused.Code is StoreErrorCode.Poisoned or StoreErrorCode.JobFailed, refused.Message);
        Assert.Equal(ReadStatus.Found, engine.TryGet(claim, [1], new byte[1]).Status);
        Assert.Equal(ReadStatus.NotFound, engine.TryGet(claim, [3], new byte[1]).Status);
        await engine.DisposeAsync();
    }

    private static async Task WriteAsync(StorageEngine engine, StripeClaim claim, WriteDurability durability, bool isBatch)
    {
        if (isBatch)
        {
            WriteBatch batch = new();
            batch.Put(claim, [3], [3]);
            await engine.WriteAsync(batch, durability);
        }
        else
        {
            await engine.PutAsync(claim, [3], [3], durability);
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_stripes")]
    private static extern ref Stripe[] StripesOf(StorageEngine engine);
}
