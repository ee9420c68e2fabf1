using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// A bloom filter over the keys of one table, so that asking for a key that is not there costs one hash and one word. All bits of a
/// key lie in one 64-bit word.
/// <para>
/// Never a false negative: a key's bits are set before the tree takes the key. A filter that gets too small is followed by a larger one,
/// which holds all keys of the table before anybody can see it. A reader that still asks the older one may miss only keys that came
/// after the larger one was published, so after that reader began. The older one stays where it is until the table is freed.
/// </para>
/// <code>
///  0            16      24                   64
/// +------------+-------+--------------------+------------------+
/// | chunk head | words | unused             | words x u64      |
/// +------------+-------+--------------------+------------------+
/// </code>
/// </summary>
[StructLayout(LayoutKind.Explicit)]
internal unsafe struct KeyFilter
{
    /// <summary>Fewer keys are found, or not, in a few leaves.</summary>
    public const int KeyCountMin = 256;

    /// <summary>A filter is followed by one twice as large when it has less than this for a key.</summary>
    public const int BitsPerKeyMin = 10;

    public const int BytesMin = ChunkPool.ChunkBytesMin;
    public const int BytesMax = 4 * 1024 * 1024;

    private const int HeadBytes = 64;
    private const int WordBits = 64;

    [FieldOffset(Chunk.HeadBytes)]
    private ulong _wordCount;

    /// <summary>Makes a zeroed filter of a chunk or run.</summary>
    public static KeyFilter* Create(Chunk* chunk)
    {
        KeyFilter* filter = (KeyFilter*)chunk;
        long bytes = chunk->Bytes - HeadBytes;
        new Span<byte>(Words(filter), (int)bytes).Clear();
        filter->_wordCount = (ulong)(bytes * 8 / WordBits);
        return filter;
    }

    /// <summary>The bytes of a filter for this many keys.</summary>
    public static int BytesFor(long keyCount)
    {
        int bytes = BytesMin;
        while (bytes < BytesMax && Holds(bytes) < keyCount)
        {
            bytes *= 2;
        }

        return bytes;
    }

    /// <summary>Whether this many keys do not crowd the filter, or no larger one is allowed.</summary>
    public static bool IsLargeEnough(KeyFilter* filter, long keyCount) =>
        keyCount <= Holds(((Chunk*)filter)->Bytes) || ((Chunk*)filter)->Bytes >= BytesMax;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(KeyFilter* filter, ReadOnlySpan<byte> key)
    {
        ulong hash = XxHash3.HashToUInt64(key);
        ulong* word = WordOf(filter, hash);
        Volatile.Write(ref *word, *word | BitsOf(hash));
    }

    public static bool MayContain(KeyFilter* filter, ReadOnlySpan<byte> key)
    {
        ulong hash = XxHash3.HashToUInt64(key);
        ulong bits = BitsOf(hash);
        return (Volatile.Read(ref *WordOf(filter, hash)) & bits) == bits;
    }

    private static long Holds(long bytes) => (bytes - HeadBytes) * 8 / BitsPerKeyMin;

    private static ulong* Words(KeyFilter* filter) => (ulong*)((byte*)filter + HeadBytes);

    private static ulong* WordOf(KeyFilter* filter, ulong hash) => Words(filter) + (((hash >> 32) * filter->_wordCount) >> 32);

    /// <summary>Five bits out of the lower half of the hash; the upper half has chosen the word.</summary>
    private static ulong BitsOf(ulong hash)
    {
        int low = (int)hash;
        return (1UL << low) | (1UL << (low >> 6)) | (1UL << (low >> 12)) | (1UL << (low >> 18)) | (1UL << (low >> 24));
    }
}
