using System.Collections;
using Keystone.Database;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Xunit;

namespace Keystone.Tests.Database;

/// <summary>A cancellation says that nothing was written, or it is none.</summary>
public sealed class CancelledBatchTests : IDisposable
{
    private readonly DatabaseFixture _fixture = new();

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_batch_that_is_cancelled_after_one_of_its_writes_is_of_unknown_outcome()
    {
        await using KeystoneDatabase database = await CreateAsync();
        using CancellationTokenSource cancellation = new();
        CancellingList writes = new([Write(database, "a"), Write(database, "b")], cancelAt: 1, cancellation);
        KeystoneException failure = await Assert.ThrowsAsync<KeystoneException>(
            () => database.Disk.WriteManyAsync(writes, cancellation.Token).AsTask());
        Assert.Equal(KeystoneErrorCode.OutcomeUnknown, failure.Code);
        Assert.NotNull(await database.GetItemAsync("things", "a", cancellationToken: Test));
    }

    [Fact]
    public async Task A_batch_that_is_cancelled_before_its_first_write_is_cancelled()
    {
        await using KeystoneDatabase database = await CreateAsync();
        using CancellationTokenSource cancellation = new();
        CancellingList writes = new([Write(database, "a"), Write(database, "b")], cancelAt: 0, cancellation);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => database.Disk.WriteManyAsync(writes, cancellation.Token).AsTask());
        Assert.Null(await database.GetItemAsync("things", "a", cancellationToken: Test));
    }

    [Theory]
    [InlineData(KeystoneErrorCode.Overloaded, false)]
    [InlineData(KeystoneErrorCode.OutcomeUnknown, true)]
    public void What_surely_did_not_happen_does_not_count(KeystoneErrorCode code, bool isUnknown)
    {
        OperationCanceledException cancelled = new();
        Exception end = CancelledBatch.ToException(cancelled, [new(default, new KeystoneException(code, "Refused."))]);
        Assert.Equal(isUnknown, end is KeystoneException { Code: KeystoneErrorCode.OutcomeUnknown });
        Assert.Equal(!isUnknown, ReferenceEquals(end, cancelled));
    }

    private static StripeWrite Write(KeystoneDatabase database, string id)
    {
        uint table = database.Disk.Catalog.Current.Find("things")!.Id;
        ItemKey key = ItemKey.Of(id);
        int stripe = StripeHash.StripeOf(StripeHash.Of(table, key.PartitionBytes.Span), database.Disk.StripeCount);
        return new StripeWrite(new StripeTarget(stripe, table, database.Disk.Catalog.Current.Version), Item.Of(("id", id)), default);
    }

    private async Task<KeystoneDatabase> CreateAsync()
    {
        KeystoneDatabase database = _fixture.Create();
        await database.CreateTableAsync("things", new KeySchema("id"), Test);
        return database;
    }

    /// <summary>Cancels when one of its writes is asked for.</summary>
    private sealed class CancellingList(StripeWrite[] writes, int cancelAt, CancellationTokenSource cancellation)
        : IReadOnlyList<StripeWrite>
    {
        public int Count => writes.Length;

        public StripeWrite this[int index]
        {
            get
            {
                if (index == cancelAt)
                {
                    cancellation.Cancel();
                }

                return writes[index];
            }
        }

        public IEnumerator<StripeWrite> GetEnumerator() => ((IEnumerable<StripeWrite>)writes).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => writes.GetEnumerator();
    }
}
