using Keystone.Storage.Buffers;
using Keystone.Storage.Sst;
using Keystone.Tests.Testing;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

/// <summary>The codecs by themselves. The engine shows them only bytes whose checksum was right; they stand the others as well.</summary>
public sealed unsafe class BlockCodecTests : IDisposable
{
    /// <summary>Bytes behind a target that nobody may touch.</summary>
    private const int GuardBytes = 64;

    private const byte Guard = 0xA5;

    private readonly MemoryAccount _account = new("codec");
    private readonly BlockUnpacker _unpacker;

    public BlockCodecTests() => _unpacker = new BlockUnpacker(_account);

    public static TheoryData<Compression> Codecs() => [Compression.Lz4, Compression.Zstd];

    public void Dispose()
    {
        _unpacker.Dispose();
        Assert.Equal(0, _account.Bytes);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_was_packed_comes_back_whatever_its_size(Compression codec)
    {
        using BlockPacker packer = new(_account, codec);
        foreach (int length in (int[])[500, 1000, 8192, 8191, 40_000, 300_000, 8 << 20])
        {
            byte[] raw = Text(length, seed: length);
            byte[] packed = Pack(packer, raw);
            Assert.InRange(packed.Length, 1, raw.Length - 1);
            Assert.True(TryUnpack(codec, packed, raw.Length, out byte[] unpacked));
            Assert.True(unpacked.AsSpan().SequenceEqual(raw));
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_does_not_get_smaller_is_left_as_it_is(Compression codec)
    {
        using BlockPacker packer = new(_account, codec);
        byte[] noise = new byte[8192];
        new Random(1).NextBytes(noise);
        Assert.Empty(Pack(packer, noise));
        Assert.Empty(Pack(packer, [1]));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Damaged_bytes_are_refused_or_give_others_and_never_leave_the_target(Compression codec)
    {
        using BlockPacker packer = new(_account, codec);
        Random random = new(7);
        byte[] raw = Text(4096, seed: 3);
        byte[] packed = Pack(packer, raw);
        for (int round = 0; round < 20_000; round++)
        {
            byte[] damaged = packed.AsSpan(0, round % 3 == 0 ? random.Next(1, packed.Length + 1) : packed.Length).ToArray();
            for (int i = 0; i <= round % 4; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            // Whether they unpack does not matter: nothing beyond the target may change, and the next good block comes back.
            TryUnpack(codec, damaged, round % 2 == 0 ? raw.Length : random.Next(1, raw.Length), out _);
        }

        Assert.True(TryUnpack(codec, packed, raw.Length, out byte[] unpacked));
        Assert.True(unpacked.AsSpan().SequenceEqual(raw));
    }

    [Fact]
    public void A_length_that_is_not_the_true_one_is_refused()
    {
        using BlockPacker packer = new(_account, Compression.Zstd);
        byte[] raw = Text(1000, seed: 9);
        byte[] packed = Pack(packer, raw);
        Assert.False(TryUnpack(Compression.Zstd, packed, raw.Length - 1, out _));
        Assert.False(TryUnpack(Compression.Zstd, packed, raw.Length + 1, out _));
        Assert.False(TryUnpack(Compression.Zstd, packed[..^1], raw.Length, out _));
        Assert.False(TryUnpack((Compression)9, packed, raw.Length, out _));
    }

    [Fact]
    public void A_packer_allocates_nothing_for_a_block_and_rests_without_memory()
    {
        using BlockPacker packer = new(_account, Compression.Zstd);
        byte[] raw = Text(8192, seed: 5);
        byte[] packed = Pack(packer, raw);
        byte[] target = new byte[raw.Length];
        bool isSame = true;
        TryUnpack(Compression.Zstd, packed, raw.Length, out _);
        long held = _account.Bytes;
        Assert.Equal(0, Allocations.Of(PackAndUnpack));
        Assert.True(isSame);
        Assert.Equal(held, _account.Bytes);
        packer.Rest();
        Assert.InRange(_account.Bytes, 1, held - (100 << 10));

        void PackAndUnpack()
        {
            fixed (byte* source = raw, small = packed, to = target)
            {
                for (int i = 0; i < 100; i++)
                {
                    isSame &= packer.TryPack(source, raw.Length, to) == packed.Length;
                    isSame &= _unpacker.TryUnpack(Compression.Zstd, small, packed.Length, to, raw.Length);
                }
            }
        }
    }

    private static byte[] Pack(BlockPacker packer, byte[] raw)
    {
        byte[] target = new byte[raw.Length];
        fixed (byte* source = raw, to = target)
        {
            return target[..packer.TryPack(source, raw.Length, to)];
        }
    }

    private bool TryUnpack(Compression codec, byte[] packed, int rawLength, out byte[] raw)
    {
        byte[] room = new byte[rawLength + GuardBytes];
        room.AsSpan(rawLength).Fill(Guard);
        fixed (byte* source = packed, to = room)
        {
            bool isWhole = _unpacker.TryUnpack(codec, source, packed.Length, to, rawLength);
            Assert.True(room.AsSpan(rawLength).IndexOfAnyExcept(Guard) < 0, "bytes behind the target were written");
            raw = room[..rawLength];
            return isWhole;
        }
    }

    /// <summary>Words that repeat, as values do.</summary>
    private static byte[] Text(int length, int seed)
    {
        Random random = new(seed);
        byte[] text = new byte[length];
        for (int i = 0; i < length; i++)
        {
            text[i] = i >= 40 && random.Next(8) != 0 ? text[i - 40] : (byte)('a' + random.Next(26));
        }

        return text;
    }
}
