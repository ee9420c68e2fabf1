using System.Diagnostics;
using Keystone.Storage;
using Keystone.Storage.Encryption;
using Keystone.Testing.Keys;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Encryption;

public sealed class DataKeyTests
{
    private readonly KeyVault _vault = NewVault(new TestKeyRing("a"));

    [Fact]
    public void What_was_sealed_opens_at_its_place_with_its_associated_data_and_nowhere_else()
    {
        DataKey key = _vault.NewKey();
        byte[] content = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];
        byte[] bytes = [.. content];
        byte[] tag = new byte[DataKey.TagBytes];
        key.Seal(64, [1, 2], bytes, tag);
        Assert.NotEqual(content, bytes);
        byte[] opened = new byte[100];
        Assert.True(key.TryOpen(64, [1, 2], bytes, tag, opened));
        Assert.Equal(content, opened);
        Assert.False(key.TryOpen(65, [1, 2], bytes, tag, opened));
        Assert.False(key.TryOpen(64, [1, 3], bytes, tag, opened));
        Assert.False(_vault.NewKey().TryOpen(64, [1, 2], bytes, tag, opened));
    }

    [Fact]
    public void No_place_is_sealed_twice()
    {
        DataKey key = _vault.NewKey();
        byte[] tag = new byte[DataKey.TagBytes];
        key.Seal(128, [], new byte[8], tag);
        Assert.Throws<UnreachableException>(() => key.Seal(128, [], new byte[8], tag));
        Assert.Throws<UnreachableException>(() => key.Seal(0, [], new byte[8], tag));
        key.Seal(129, [], new byte[8], tag);
    }

    [Fact]
    public void A_key_from_the_disk_opens_and_never_seals()
    {
        DataKey key = _vault.NewKey();
        byte[] bytes = new byte[8];
        byte[] tag = new byte[DataKey.TagBytes];
        key.Seal(0, [], bytes, tag);
        WrappedKey wrapped = WrappedKey.TryDecode(_vault.Wrap(key).Bytes)!;
        DataKey again = _vault.Open(wrapped, "/store");
        Assert.True(again.TryOpen(0, [], bytes, tag, new byte[8]));
        Assert.Throws<UnreachableException>(() => again.Seal(1, [], bytes, tag));
    }

    [Fact]
    public void A_wrapped_key_with_any_flipped_bit_is_refused()
    {
        byte[] bytes = _vault.Wrap(_vault.NewKey()).Bytes.ToArray();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (WrappedKey.TryDecode(bytes) is { } damaged)
            {
                StoreException refusal = Assert.Throws<StoreException>(() => _vault.Open(damaged, "/store"));
                Assert.True(refusal.Code is StoreErrorCode.KeyWrong or StoreErrorCode.KeyMissing);
            }

            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Threads_that_open_at_the_same_time_do_not_meet()
    {
        DataKey key = _vault.NewKey();
        byte[][] blocks = [.. Enumerable.Range(0, 64).Select(i => new byte[1000 + i])];
        byte[][] tags = [.. blocks.Select(_ => new byte[DataKey.TagBytes])];
        for (int i = 0; i < blocks.Length; i++)
        {
            key.Seal(i, [], blocks[i], tags[i]);
        }

        Parallel.For(0, 4000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, n =>
        {
            int i = n % blocks.Length;
            byte[] opened = new byte[blocks[i].Length];
            Assert.True(key.TryOpen(i, [], blocks[i], tags[i], opened) && opened.AsSpan().IndexOfAnyExcept((byte)0) < 0);
        });
        key.Rest();
        Assert.True(key.TryOpen(3, [], blocks[3], tags[3], new byte[blocks[3].Length]));
    }

    [Fact]
    public void Opening_allocates_nothing()
    {
        DataKey key = _vault.NewKey();
        byte[] block = new byte[8192];
        byte[] tag = new byte[DataKey.TagBytes];
        byte[] opened = new byte[8192];
        key.Seal(0, [], block, tag);
        bool isOpen = key.TryOpen(0, [], block, tag, opened);
        Assert.Equal(0, Allocations.Of(Open));
        Assert.True(isOpen);

        void Open()
        {
            for (int i = 0; i < 100; i++)
            {
                isOpen &= key.TryOpen(0, [], block, tag, opened);
            }
        }
    }

    internal static KeyVault NewVault(IKeyRing ring, SealObserver? observer = null)
        => new(ring, System.Security.Cryptography.RandomNumberGenerator.Fill, observer);
}
