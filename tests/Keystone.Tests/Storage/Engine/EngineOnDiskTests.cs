using System.Buffers.Binary;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>The whole engine on the operating system's files, or in memory alone, and on real threads.</summary>
public sealed class EngineOnDiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-engine-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(WriteDurability.Synced, false)]
    [InlineData(WriteDurability.Buffered, false)]
    [InlineData(WriteDurability.Synced, true)]
    [InlineData(WriteDurability.Buffered, true)]
    public async Task What_was_put_is_found_before_and_after_flush_compaction_and_reopening(WriteDurability durability, bool inMemory)
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        string path = Path.Combine(_directory, "store");
        const int Count = 5_000;
        await using (StorageEngine engine = await EngineFixture.CreateAsync(path, host, inMemory: inMemory))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(async part =>
            {
                for (int i = part; i < Count; i += 8)
                {
                    WriteResult result = await engine.PutAsync(EngineFixture.ClaimOf(i), KeyOf(i), KeyOf(i * 7), durability);
                    Assert.Equal(WriteStatus.Committed, result.Status);
                }
            }));
            Check(engine, Count);
            await engine.FlushAsync();
            Check(engine, Count);
            await engine.CompactAsync(cancellation: TestContext.Current.CancellationToken);
            Check(engine, Count);
            Assert.Empty(await engine.VerifyAsync(cancellation: TestContext.Current.CancellationToken));
        }

        if (inMemory)
        {
            Assert.Empty(Directory.GetFileSystemEntries(_directory));
            return;
        }

        await using (StorageEngine engine = EngineFixture.Open(path, host))
        {
            Check(engine, Count);
            Assert.Equal(2UL, engine.Incarnation);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_closed_store_has_given_all_native_memory_back(bool inMemory)
    {
        await using ThreadJobHost host = new(onFailure: static (_, failure) => throw failure);
        StorageEngine engine = await EngineFixture.CreateAsync(Path.Combine(_directory, "store"), host, inMemory: inMemory);
        for (int i = 0; i < 1000; i++)
        {
            await engine.PutAsync(EngineFixture.ClaimOf(i), KeyOf(i), KeyOf(i), WriteDurability.Buffered);
        }

        await engine.FlushAsync();
        Check(engine, 1000);
        using (StripeIterator iterator = engine.OpenIterator(new StripeClaim(3, 1))!.Value)
        {
            iterator.SeekFirst();
        }

        await engine.DisposeAsync();
        Assert.All(engine.Accounts.All, account => Assert.Equal(0, account.Bytes));
    }

    private static byte[] KeyOf(int i)
    {
        byte[] key = new byte[12];
        BinaryPrimitives.WriteInt32BigEndian(key, i);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(4), unchecked(i * 0x1E37_79B9_7F4A_7C15L));
        return key;
    }

    private static void Check(StorageEngine engine, int count)
    {
        Span<byte> value = stackalloc byte[64];
        for (int i = 0; i < count; i++)
        {
            ReadResult result = engine.Get(EngineFixture.ClaimOf(i), KeyOf(i), value);
            Assert.Equal(ReadStatus.Found, result.Status);
            Assert.True(value[..result.ValueBytes].SequenceEqual(KeyOf(i * 7)) || value[..result.ValueBytes].SequenceEqual(KeyOf(i)));
        }

        Assert.Equal(ReadStatus.NotFound, engine.Get(EngineFixture.ClaimOf(1), KeyOf(count + 1), value).Status);
        int scanned = 0;
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            using StripeIterator iterator = engine.OpenIterator(new StripeClaim(stripe, 1))!.Value;
            byte[] last = [];
            IteratorState state = iterator.SeekFirst();
            while (state != IteratorState.End)
            {
                if (state == IteratorState.NeedsDisk)
                {
                    iterator.Load();
                    state = last.Length == 0 ? iterator.SeekFirst() : iterator.Next();
                    continue;
                }

                Assert.True(last.AsSpan().SequenceCompareTo(iterator.Key) < 0);
                last = iterator.Key.ToArray();
                scanned++;
                state = iterator.Next();
            }
        }

        Assert.Equal(count, scanned);
    }
}
