using CsCheck;
using Keystone.Storage.Buffers;
using Keystone.Storage.Memory;
using Xunit;

namespace Keystone.Tests.Storage.Memory;

public sealed unsafe class ChunkPoolTests
{
    [Fact]
    public void Chunks_never_overlap_and_a_pool_that_got_all_back_gives_all_again()
    {
        Gen.Select(Gen.Int[0, 4], Gen.Bool, Gen.Int[0, 1000]).Array[1, 400].Sample(
            steps =>
            {
                MemoryAccount account = new("write buffers");
                using ChunkPool pool = new(account, 8 * ChunkPool.ChunkBytesMax, hugePages: false);
                List<nint> held = [];
                foreach ((int order, bool isTaking, int choice) in steps)
                {
                    if (isTaking || held.Count == 0)
                    {
                        TakeOne(pool, held, ChunkPool.ChunkBytesMin << order);
                    }
                    else
                    {
                        pool.Give((Chunk*)held[choice % held.Count]);
                        held.RemoveAt(choice % held.Count);
                    }

                    Assert.Equal(held.Sum(chunk => ((Chunk*)chunk)->Bytes), pool.UsedBytes);
                    Assert.Equal(pool.UsedBytes, account.Bytes);
                }

                held.ForEach(chunk => pool.Give((Chunk*)chunk));
                held.Clear();
                for (int i = 0; i < 8; i++)
                {
                    Assert.True(TakeOne(pool, held, ChunkPool.ChunkBytesMax));
                }

                Assert.False(TakeOne(pool, held, 1));
                held.ForEach(chunk => pool.Give((Chunk*)chunk));
            },
            iter: 200);
    }

    [Fact]
    public void A_pool_of_an_opening_that_failed_goes_with_what_is_in_use()
    {
        MemoryAccount account = new("write buffers");
        ChunkPool pool = new(account, 8 * ChunkPool.ChunkBytesMax, hugePages: false);
        Assert.True(TakeOne(pool, [], ChunkPool.ChunkBytesMin));
        Assert.NotEqual(0, account.Bytes);
        pool.Abandon();
        Assert.Equal(0, account.Bytes);
    }

    [Fact]
    public void Recycled_memory_is_taken_before_untouched_memory()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 1024 * 1024, hugePages: true);
        Chunk* first = pool.TryTake(ChunkPool.ChunkBytesMax);
        pool.Give(first);
        Chunk* again = pool.TryTake(5000);
        Assert.Equal((nint)first, (nint)again);
        Assert.Equal(8192, again->Bytes);
        pool.Give(again);
    }

    [Fact]
    public void Credit_and_chunks_share_one_capacity()
    {
        using ChunkPool pool = new(new MemoryAccount("write buffers"), 100_000, hugePages: false);
        Assert.True(pool.TryTakeCredit(96_000));
        Assert.True(pool.TryTake(4096) == null);
        pool.GiveCredit(96_000);
        Chunk* chunk = pool.TryTake(4096);
        Assert.True(chunk != null);
        Assert.False(pool.TryTakeCredit(96_000));
        pool.Give(chunk);
    }

    private static bool TakeOne(ChunkPool pool, List<nint> held, int bytes)
    {
        Chunk* chunk = pool.TryTake(bytes);
        if (chunk == null)
        {
            return false;
        }

        Assert.True(chunk->Bytes >= bytes);
        Assert.True((byte*)chunk >= pool.Origin && (byte*)chunk + chunk->Bytes <= pool.Origin + pool.CapacityBytes);
        Assert.DoesNotContain(held, other => (nint)chunk < other + ((Chunk*)other)->Bytes && other < (nint)chunk + chunk->Bytes);
        held.Add((nint)chunk);
        return true;
    }
}
