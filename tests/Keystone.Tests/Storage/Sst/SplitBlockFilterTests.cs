using System.Runtime.Intrinsics.X86;
using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

public sealed unsafe class SplitBlockFilterTests
{
    private static readonly byte[] Line = GC.AllocateArray<byte>(SplitBlockFilter.LineBytes, pinned: true);

    [Fact]
    public void No_key_that_was_added_is_denied_and_few_others_pass()
    {
        const int keys = 1_000_000;
        int lines = SplitBlockFilter.LinesFor(keys, 10);
        byte[] filter = new byte[lines * SplitBlockFilter.LineBytes];
        fixed (byte* pointer = filter)
        {
            for (int i = 0; i < keys; i++)
            {
                ulong hash = HashOf(i);
                SplitBlockFilter.Add(pointer + (SplitBlockFilter.LineOf(hash, (uint)lines) * SplitBlockFilter.LineBytes), hash);
            }

            int denied = 0;
            int passed = 0;
            for (int i = 0; i < keys; i++)
            {
                denied += MayContain(pointer, lines, HashOf(i)) ? 0 : 1;
                passed += MayContain(pointer, lines, HashOf(keys + i)) ? 1 : 0;
            }

            Assert.Equal(0, denied);
            double theory = RateInTheory((double)keys / lines);
            Assert.InRange(passed / (double)keys, theory / 1.3, theory * 1.3);
        }
    }

    [Fact]
    public void All_variants_set_and_test_the_same_bits()
    {
        Random random = new(7);
        byte* line = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref Line[0]);
        for (int i = 0; i < 10_000; i++)
        {
            ulong hash = (ulong)random.NextInt64() * 2 + (ulong)random.Next(2);
            ulong other = (ulong)random.NextInt64();
            Line.AsSpan().Clear();
            SplitBlockFilter.AddScalar(line, hash);
            byte[] scalar = [.. Line];
            Assert.True(SplitBlockFilter.MayContainScalar(line, hash));
            bool otherPasses = SplitBlockFilter.MayContainScalar(line, other);
            if (Avx2.IsSupported)
            {
                Assert.True(SplitBlockFilter.MayContain256(line, hash));
                Assert.Equal(otherPasses, SplitBlockFilter.MayContain256(line, other));
                Line.AsSpan().Clear();
                SplitBlockFilter.Add256(line, hash);
                Assert.Equal(scalar, Line);
            }

            if (Avx512F.IsSupported)
            {
                Assert.True(SplitBlockFilter.MayContain512(line, hash));
                Assert.Equal(otherPasses, SplitBlockFilter.MayContain512(line, other));
                Line.AsSpan().Clear();
                SplitBlockFilter.Add512(line, hash);
                Assert.Equal(scalar, Line);
            }
        }
    }

    [Fact]
    public void One_missing_bit_denies()
    {
        byte* line = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref Line[0]);
        ulong hash = 0xFEDC_BA98_7654_3210;
        Line.AsSpan().Clear();
        SplitBlockFilter.AddScalar(line, hash);
        for (int bit = 0; bit < SplitBlockFilter.LineBytes * 8; bit++)
        {
            bool isSet = (Line[bit / 8] & (1 << (bit % 8))) != 0;
            Line[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(!isSet, SplitBlockFilter.MayContain(line, hash));
            Assert.Equal(!isSet, SplitBlockFilter.MayContainScalar(line, hash));
            Line[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static ulong HashOf(int i) => SplitBlockFilter.HashOf(TestEntries.NumberedKey(i));

    private static bool MayContain(byte* filter, int lines, ulong hash)
        => SplitBlockFilter.MayContain(filter + (SplitBlockFilter.LineOf(hash, (uint)lines) * SplitBlockFilter.LineBytes), hash);

    /// <summary>
    /// Keys fall on lines by a Poisson law; a line with k keys has a given bit of a word set with 1 - (63/64)^k, in all eight words at
    /// once.
    /// </summary>
    private static double RateInTheory(double keysPerLine)
    {
        double rate = 0;
        double probability = Math.Exp(-keysPerLine);
        for (int k = 0; k < 400; k++)
        {
            rate += probability * Math.Pow(1 - Math.Pow(63.0 / 64, k), 8);
            probability *= keysPerLine / (k + 1);
        }

        return rate;
    }
}
