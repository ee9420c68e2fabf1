using Keystone.Storage;
using Keystone.Storage.Compaction;
using Keystone.Storage.Jobs;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>An iterator is a right to one walk of a pooled object: with its dispose the right ends, and nobody else's is touched.</summary>
public sealed class StripeIteratorTests
{
    private static readonly StripeClaim First = new(0, 1);

    [Fact]
    public async Task A_second_dispose_leaves_the_next_owner_alone()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        StripeIterator old = engine.OpenIterator(First)!.Value;
        old.Dispose();
        using StripeIterator next = engine.OpenIterator(First)!.Value;
        Assert.Equal(IteratorState.Entry, next.SeekFirst());
        old.Dispose();
        using StripeIterator third = engine.OpenIterator(First)!.Value;
        Assert.Equal(IteratorState.Entry, third.SeekLast());
        Assert.Equal("a"u8, next.Key);
        Assert.Equal(IteratorState.Entry, next.Next());
        Assert.Equal("b"u8, next.Key);
        Assert.Equal("c"u8, third.Key);
    }

    [Fact]
    public async Task A_disposed_iterator_cannot_move_or_read_the_walk_of_the_next_owner()
    {
        await using ThreadJobHost host = new();
        await using StorageEngine engine = await CreateAsync(host);
        StripeIterator old = engine.OpenIterator(First)!.Value;
        old.Dispose();
        using StripeIterator next = engine.OpenIterator(First)!.Value;
        Assert.Equal(IteratorState.Entry, next.SeekFirst());
        Assert.Throws<ObjectDisposedException>(() => old.Next());
        Assert.Throws<ObjectDisposedException>(() => old.Seek("c"u8));
        Assert.Throws<ObjectDisposedException>(() => old.Key.Length);
        Assert.Throws<ObjectDisposedException>(() => old.Value.Length);
        Assert.Throws<ObjectDisposedException>(() => old.Load());
        Assert.Equal("a"u8, next.Key);
        Assert.Equal(IteratorState.Entry, next.Next());
        Assert.Equal("b"u8, next.Key);
    }

    [Fact]
    public void An_iterator_that_nobody_opened_is_refused_and_may_be_disposed()
    {
        StripeIterator none = default;
        Assert.Throws<ObjectDisposedException>(() => none.SeekFirst());
        none.Dispose();
    }

    /// <summary>What is sought lies in the file before the one whose keys end after it.</summary>
    [Fact]
    public void A_seek_before_the_first_key_of_a_file_comes_to_its_end_where_no_cache_keeps_a_block()
    {
        SeededJobHost host = new(seed: 1);
        StoreOptions options = EngineFixture.Options(host) with
        {
            FileSystem = new SimulatedFileSystem(),
            BlockCacheBytes = 0,
            BlockBytes = 1 << 10,
            Compaction = new CompactionOptions { FileBytesFirst = 2 << 10, FileBytesMax = 2 << 10 },
        };
        StorageEngine engine = StorageEngine.Create("/store", options);
        host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        Random random = new(1);
        byte[] value = new byte[500];

        // The first round only moves a file down; the second is merged with it, into many.
        for (int round = 0; round < 2; round++)
        {
            for (byte key = 1; key <= 100; key++)
            {
                random.NextBytes(value);
                host.Await(engine.PutAsync(First, [key], value));
            }

            host.Await(engine.CompactAsync(cancellation: TestContext.Current.CancellationToken));
        }

        Assert.True(engine.StatisticsOf(0).Files > 10);
        using (StripeIterator iterator = engine.OpenIterator(First)!.Value)
        {
            for (byte key = 2; key <= 100; key++)
            {
                int loads = 0;
                while (iterator.SeekBefore([key]) == IteratorState.NeedsDisk)
                {
                    iterator.Load();
                    Assert.InRange(++loads, 1, 10);
                }

                Assert.Equal(key - 1, iterator.Key[0]);
            }
        }

        host.Await(engine.DisposeAsync());
    }

    private static async Task<StorageEngine> CreateAsync(ThreadJobHost host)
    {
        StorageEngine engine = StorageEngine.Create("/store", EngineFixture.Options(host) with { FileSystem = new SimulatedFileSystem() });
        await engine.ClaimAsync([First]);
        Assert.True(engine.TryServe(First));
        await engine.PutAsync(First, "a"u8, "1"u8);
        await engine.PutAsync(First, "b"u8, "2"u8);
        await engine.PutAsync(First, "c"u8, "3"u8);
        return engine;
    }
}
