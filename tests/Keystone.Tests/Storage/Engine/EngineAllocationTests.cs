using System.Buffers.Binary;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>
/// The hot path allocates nothing. The smallest object takes 24 bytes, so less than one byte an operation means that no operation
/// allocates; what may remain is what a contended lock makes once for its waiters.
/// </summary>
public sealed class EngineAllocationTests : IDisposable
{
    private const int Operations = 5_000;
    private const int MergedEntries = 100_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("keystone-engine-").FullName;
    private readonly byte[] _key = new byte[16];
    private readonly byte[] _value = new byte[100];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Puts_gets_misses_and_steps_of_an_iterator_allocate_nothing_on_their_callers_thread()
    {
        await using ThreadJobHost host = new();
        string path = Path.Combine(_directory, "store");
        await using StorageEngine engine = await EngineFixture.CreateAsync(path, host, writeBufferBytes: 16 << 20);
        AssertAllocatesNothing("buffered put", () => PutAll(engine));
        AssertAllocatesNothing("get from memtables", () => GetAll(engine, ReadStatus.Found, salt: 0));
        await engine.FlushAsync();
        await engine.CompactAsync(cancellation: TestContext.Current.CancellationToken);
        LoadAll(engine);
        AssertAllocatesNothing("get from files", () => GetAll(engine, ReadStatus.Found, salt: 0));
        AssertAllocatesNothing("get of what is not there", () => GetAll(engine, ReadStatus.NotFound, salt: 1));
        AssertAllocatesNothing("scan", () => ScanAll(engine));
    }

    /// <summary>What is made for a file, however small, is shared by its entries; nothing may be made for an entry.</summary>
    [Fact]
    public async Task Flushes_and_compactions_allocate_nothing_for_an_entry()
    {
        await using ThreadJobHost threads = new();
        MeteredJobHost host = new(threads);
        await using StorageEngine engine = await EngineFixture.CreateAsync(Path.Combine(_directory, "store"), host, 64 << 20);
        StripeClaim claim = EngineFixture.ClaimOf(0);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < MergedEntries; i++)
            {
                await engine.PutAsync(claim, KeyOf(i, salt: round), _value, WriteDurability.Buffered);
            }

            await engine.FlushAsync();
        }

        await engine.CompactAsync(cancellation: TestContext.Current.CancellationToken);
        Assert.InRange(host.BytesOf("flush"), 1, MergedEntries);
        Assert.InRange(host.BytesOf("compact"), 1, MergedEntries);
    }

    private static void AssertAllocatesNothing(string what, Action operations)
    {
        operations();
        long bytes = Allocations.Of(operations);
        Assert.True(bytes < Operations, $"{Operations} times {what} allocated {bytes} bytes.");
    }

    private void PutAll(StorageEngine engine)
    {
        for (int i = 0; i < Operations; i++)
        {
            ValueTask<WriteResult> put = engine.PutAsync(EngineFixture.ClaimOf(i), KeyOf(i, salt: 0), _value, WriteDurability.Buffered);
            while (!put.IsCompleted)
            {
                Thread.Yield();
            }

            WriteStatus status = put.GetAwaiter().GetResult().Status;
            if (status != WriteStatus.Committed)
            {
                Assert.Fail($"Put {i} ended with {status}.");
            }
        }
    }

    private void GetAll(StorageEngine engine, ReadStatus expected, int salt)
    {
        for (int i = 0; i < Operations; i++)
        {
            ReadStatus status = engine.TryGet(EngineFixture.ClaimOf(i), KeyOf(i, salt), _value).Status;
            if (status != expected)
            {
                Assert.Fail($"Key {i} was answered with {status}.");
            }
        }
    }

    /// <summary>Brings all blocks into the cache.</summary>
    private void LoadAll(StorageEngine engine)
    {
        for (int i = 0; i < Operations; i++)
        {
            Assert.Equal(ReadStatus.Found, engine.Get(EngineFixture.ClaimOf(i), KeyOf(i, salt: 0), _value).Status);
        }
    }

    private static void ScanAll(StorageEngine engine)
    {
        int count = 0;
        for (int stripe = 0; stripe < EngineFixture.Stripes; stripe++)
        {
            using StripeIterator iterator = engine.OpenIterator(EngineFixture.ClaimOf(stripe))!.Value;
            for (IteratorState state = iterator.SeekFirst(); state != IteratorState.End; state = iterator.Next())
            {
                if (state == IteratorState.NeedsDisk)
                {
                    iterator.Load();
                    continue;
                }

                count++;
            }
        }

        Assert.Equal(Operations, count);
    }

    private byte[] KeyOf(int i, int salt)
    {
        BinaryPrimitives.WriteInt32BigEndian(_key, i);
        _key[15] = (byte)salt;
        return _key;
    }
}
