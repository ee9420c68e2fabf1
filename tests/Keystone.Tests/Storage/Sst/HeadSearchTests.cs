using Keystone.Storage.Sst;
using Xunit;

namespace Keystone.Tests.Storage.Sst;

public sealed unsafe class HeadSearchTests
{
    [Fact]
    public void All_variants_count_the_words_below()
    {
        Random random = new(11);
        for (int count = 0; count < 700; count += count < 80 ? 1 : 37)
        {
            ulong[] words = new ulong[count];
            int range = random.Next(3);
            for (int i = 0; i < count; i++)
            {
                words[i] = range switch
                {
                    0 => (ulong)random.Next(10),
                    1 => ulong.MaxValue - (ulong)random.Next(20),
                    _ => (ulong)random.NextInt64() << random.Next(2),
                };
            }

            Array.Sort(words);
            fixed (ulong* pointer = words)
            {
                foreach (ulong target in (ulong[])[.. words, 0, 1, ulong.MaxValue, 1UL << 63, (ulong)random.NextInt64()])
                {
                    int expected = words.Count(word => word < target);
                    int left = count;
                    int low = HeadSearch.Narrow(pointer, ref left, target);
                    Assert.Equal(expected, HeadSearch.CountBelow(pointer, count, target));
                    Assert.Equal(expected, low + HeadSearch.CountBelow512(pointer + low, left, target));
                    Assert.Equal(expected, low + HeadSearch.CountBelow256(pointer + low, left, target));
                    Assert.Equal(expected, low + HeadSearch.CountBelowScalar(pointer + low, left, target));
                }
            }
        }
    }
}
