using K4os.Compression.LZ4;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// Packs the payloads of one file. Belongs to one job. What a codec needs is taken with the first block and given back with
/// <see cref="Rest"/>, so that no block allocates and a finished file holds nothing.
/// </summary>
internal sealed class BlockPacker(MemoryAccount account, Compression codec) : IDisposable
{
    /// <summary>
    /// Packed bytes are kept only when they save at least this fraction (one part in so many): unpacking costs every later read.
    /// </summary>
    private const int WorthwhilePart = 8;

    private ZstdPacker? _zstd;

    /// <summary>
    /// Packs into room of <paramref name="sourceLength"/> bytes. Returns the packed length, or 0 when packing is not worth it.
    /// </summary>
    public unsafe int TryPack(byte* source, int sourceLength, byte* target)
    {
        int limit = sourceLength - Math.Max(1, sourceLength / WorthwhilePart);
        if (limit <= 0)
        {
            return 0;
        }

        return codec switch
        {
            Compression.Lz4 => Math.Max(0, LZ4Codec.Encode(source, sourceLength, target, limit, LZ4Level.L00_FAST)),
            Compression.Zstd => (_zstd ??= new ZstdPacker(account)).TryPack(source, sourceLength, target, limit),
            _ => 0,
        };
    }

    /// <summary>Gives memory back; the next block takes it again.</summary>
    public void Rest()
    {
        _zstd?.Dispose();
        _zstd = null;
    }

    public void Dispose() => Rest();
}
