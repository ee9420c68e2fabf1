using K4os.Compression.LZ4;
using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// Unpacks payloads. It is only asked for bytes whose checksum was right, and nevertheless writes nowhere but into the target, whatever
/// the bytes are. Used by one thread at a time; what a codec needs is taken with the first block and kept.
/// </summary>
internal sealed class BlockUnpacker(MemoryAccount account) : IDisposable
{
    private const int KeptBytes = 64 * 1024;

    private ZstdUnpacker? _zstd;
    private NativeBuffer? _opened;

    /// <summary>Whether the packed bytes gave exactly the bytes that they should.</summary>
    public unsafe bool TryUnpack(Compression codec, byte* source, int sourceLength, byte* target, int targetLength)
    {
        switch (codec)
        {
            case Compression.None:
                if (sourceLength != targetLength)
                {
                    return false;
                }

                new ReadOnlySpan<byte>(source, sourceLength).CopyTo(new Span<byte>(target, targetLength));
                return true;
            case Compression.Lz4:
                return LZ4Codec.Decode(source, sourceLength, target, targetLength) == targetLength;
            case Compression.Zstd:
                return (_zstd ??= new ZstdUnpacker(account)).TryUnpack(source, sourceLength, target, targetLength);
            default:
                return false;
        }
    }

    /// <summary>Room for a payload whose seal is opened before it is unpacked. Valid until the next block.</summary>
    public unsafe byte* RoomFor(int bytes)
    {
        _opened ??= new NativeBuffer(account, bytes);
        _opened.ShrinkTo(KeptBytes);
        _opened.EnsureFree(bytes);
        return _opened.Pointer;
    }

    /// <summary>Gives back what a rare large block took.</summary>
    public void Shrink() => _opened?.ShrinkTo(KeptBytes);

    /// <summary>Gives back what it keeps; it may be asked again afterwards.</summary>
    public void Dispose()
    {
        _zstd?.Dispose();
        _zstd = null;
        _opened?.Dispose();
        _opened = null;
    }
}
