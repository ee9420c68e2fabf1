using Keystone.Storage.Buffers;
using ZstdSharp.Unsafe;

namespace Keystone.Storage.Sst;

/// <summary>
/// One Zstandard compressor in memory of its own account. Its tables are made for the window below, so that it takes the same few
/// hundred KiB whatever the size of a block; a larger block is packed through the window.
/// </summary>
internal sealed unsafe class ZstdPacker : IDisposable
{
    /// <summary>Above level 3 a block of 8 KiB gets hardly smaller and takes several times as long.</summary>
    private const int Level = 3;

    private const ulong WindowBytes = 16 << 10;

    private readonly NativeBuffer _workspace;
    private readonly ZSTD_parameters _parameters;
    private readonly ZSTD_CCtx_s* _context;

    public ZstdPacker(MemoryAccount account)
    {
        // A checksum of its own would be one too many: the block has one.
        _parameters = new ZSTD_parameters
        {
            cParams = Methods.ZSTD_getCParams(Level, WindowBytes, 0),
            fParams = new ZSTD_frameParameters { contentSizeFlag = 1, checksumFlag = 0, noDictIDFlag = 1 },
        };
        _workspace = new NativeBuffer(account, checked((int)Methods.ZSTD_estimateCCtxSize_usingCParams(_parameters.cParams)));
        _context = Methods.ZSTD_initStaticCCtx(_workspace.Pointer, (nuint)_workspace.Capacity);
        Invariant.Require(_context != null);
    }

    /// <summary>The packed length, or 0 when the packed bytes would not fit into <paramref name="targetLength"/>.</summary>
    public int TryPack(byte* source, int sourceLength, byte* target, int targetLength)
    {
        nuint packed = Methods.ZSTD_compress_advanced(
            _context, target, (nuint)targetLength, source, (nuint)sourceLength, null, 0, _parameters);
        return Methods.ZSTD_isError(packed) ? 0 : (int)packed;
    }

    public void Dispose() => _workspace.Dispose();
}
