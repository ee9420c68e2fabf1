using Keystone.Storage.Buffers;
using ZstdSharp.Unsafe;

namespace Keystone.Storage.Sst;

/// <summary>One Zstandard decompressor in memory of its own account.</summary>
internal sealed unsafe class ZstdUnpacker : IDisposable
{
    private readonly NativeBuffer _workspace;
    private readonly ZSTD_DCtx_s* _context;

    public ZstdUnpacker(MemoryAccount account)
    {
        _workspace = new NativeBuffer(account, checked((int)Methods.ZSTD_estimateDCtxSize()));
        _context = Methods.ZSTD_initStaticDCtx(_workspace.Pointer, (nuint)_workspace.Capacity);
        Invariant.Require(_context != null);
    }

    /// <summary>Whether the packed bytes gave exactly the bytes that they should.</summary>
    public bool TryUnpack(byte* source, int sourceLength, byte* target, int targetLength)
    {
        nuint unpacked = Methods.ZSTD_decompressDCtx(_context, target, (nuint)targetLength, source, (nuint)sourceLength);
        return !Methods.ZSTD_isError(unpacked) && unpacked == (nuint)targetLength;
    }

    public void Dispose() => _workspace.Dispose();
}
