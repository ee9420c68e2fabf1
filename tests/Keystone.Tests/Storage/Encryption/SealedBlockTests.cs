using System.IO.Hashing;
using Keystone.Storage;
using Keystone.Storage.Encryption;
using Keystone.Storage.Sst;
using Keystone.Testing.Keys;
using Keystone.Tests.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Encryption;

/// <summary>Blocks of an encrypted table before somebody who can compute checksums.</summary>
public sealed unsafe class SealedBlockTests
{
    private const int PayloadBytes = 4096;
    private const int ChecksumOffset = BlockFormat.TrailerBytes - sizeof(ulong);
    private const long Offset = 640;

    private static readonly UInt128 FileId = new(1, 2);

    private readonly KeyVault _vault = DataKeyTests.NewVault(new TestKeyRing("a"));

    [Fact]
    public void None_of_32768_single_bits_of_a_block_can_be_flipped_though_its_checksum_is_made_right()
    {
        DataKey key = _vault.NewKey();
        byte[] block = NewBlock(key);
        int refused = 0;
        for (int bit = 0; bit < PayloadBytes * 8; bit++)
        {
            Flip(block, bit);
            refused += Opens(block, key, Offset, FileId, BlockKind.Data) ? 0 : 1;
            Flip(block, bit);
        }

        Assert.Equal(PayloadBytes * 8, refused);
        Assert.True(Opens(block, key, Offset, FileId, BlockKind.Data));
    }

    [Fact]
    public void No_bit_of_the_trailer_can_be_flipped_but_in_what_says_nothing()
    {
        DataKey key = _vault.NewKey();
        byte[] block = NewBlock(key);
        List<int> passed = [];
        for (int bit = PayloadBytes * 8; bit < (PayloadBytes + ChecksumOffset) * 8; bit++)
        {
            Flip(block, bit);
            if (Opens(block, key, Offset, FileId, BlockKind.Data))
            {
                passed.Add((bit / 8) - PayloadBytes);
            }

            Flip(block, bit);
        }

        // Bytes 26 and 27 are reserved: nobody reads them.
        Assert.Equal([26, 27], passed.Distinct());
    }

    [Fact]
    public void A_block_opens_at_its_own_place_only()
    {
        DataKey key = _vault.NewKey();
        byte[] block = NewBlock(key);
        Assert.False(Opens(block, key, Offset + 1, FileId, BlockKind.Data));
        Assert.False(Opens(block, key, Offset, FileId + 1, BlockKind.Data));
        Assert.False(Opens(block, key, Offset, FileId, BlockKind.Index));
        Assert.False(Opens(block, _vault.NewKey(), Offset, FileId, BlockKind.Data));
        Assert.True(Opens(block, key, Offset, FileId, BlockKind.Data));
    }

    [Theory]
    [InlineData(Compression.None)]
    [InlineData(Compression.Lz4)]
    [InlineData(Compression.Zstd)]
    public void A_sealed_file_answers_like_an_open_one_and_says_nothing_by_itself(Compression codec)
    {
        DataKey key = _vault.NewKey();
        List<TestEntry> entries = TestEntries.Numbered(700, 60);
        SstOptions options = new() { Compression = codec, BlockBytes = 1024, OneLevelIndexDataBytesMax = 0, IndexPartitionBytes = 512 };
        (byte[] bytes, SstMeta meta) = SstFixture.Build(entries, options, key: key);

        // The first key is all zeros, as is the room between the fields of a header.
        Assert.DoesNotContain(entries[1..], e => bytes.AsSpan().IndexOf(e.Key) >= 0 || bytes.AsSpan().IndexOf(e.Value) >= 0);
        using SstFixture fixture = new(1 << 20);
        fixture.Files.Files[SstFixture.PathOf(1)] = bytes;
        SstReader reader = new(meta, fixture.Cache, fixture.Handles, key);
        foreach (TestEntry entry in entries)
        {
            PinnedValue value = default;
            SstLookup lookup = reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), entry.Sequence, mayBlock: true, ref value);
            Assert.True(lookup.IsFound && value.Span.SequenceEqual(entry.Value));
            value.Dispose();
        }

        using (SstVerifier verifier = reader.Verify(fixture.ScanAccount))
        {
            while (verifier.Step())
            {
            }
        }

        Assert.True(reader.Release());
        SstReader keyless = new(meta, fixture.Cache, fixture.Handles);
        StoreException refusal = Assert.Throws<StoreException>(() => Get(keyless, entries[0]));
        Assert.Equal(StoreErrorCode.Corrupt, refusal.Code);
        Assert.True(keyless.Release());
    }

    private static void Get(SstReader reader, TestEntry entry)
    {
        PinnedValue value = default;
        reader.TryGet(entry.Key, SstReader.HashOf(entry.Key), entry.Sequence, mayBlock: true, ref value);
        value.Dispose();
    }

    private static byte[] NewBlock(DataKey key)
    {
        byte[] block = new byte[PayloadBytes + BlockFormat.TrailerBytes];
        new Random(5).NextBytes(block);
        fixed (byte* stored = block)
        {
            BlockFormat.Seal(stored, PayloadBytes, PayloadBytes, Compression.None, BlockKind.Data, FileId, Offset, key);
        }

        return block;
    }

    private static void Flip(byte[] block, int bit) => block[bit / 8] ^= (byte)(1 << (bit % 8));

    /// <summary>Makes the checksum right for what stands there, as an attacker would, and opens the block.</summary>
    private static bool Opens(byte[] block, DataKey key, long offset, UInt128 fileId, BlockKind kind)
    {
        int covered = PayloadBytes + ChecksumOffset;
        ulong checksum = XxHash3.HashToUInt64(block.AsSpan(0, covered), SstFormat.Seed(fileId, offset, (ulong)kind));
        BitConverter.TryWriteBytes(block.AsSpan(covered), checksum);
        byte[] target = new byte[PayloadBytes];
        fixed (byte* stored = block, to = target)
        {
            return BlockFormat.TryOpen(stored, block.Length, kind, fileId, offset, isSealed: true, out Compression codec, out int rawLength)
                && codec == Compression.None
                && rawLength == PayloadBytes
                && BlockFormat.TryOpenSeal(stored, block.Length, kind, fileId, offset, key, to);
        }
    }
}
