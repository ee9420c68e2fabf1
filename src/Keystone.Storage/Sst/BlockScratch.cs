using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// What it takes to bring a block in: room for its stored bytes, and the codecs. Used by one thread at a time; the cache keeps a few for
/// whoever reads next.
/// </summary>
internal sealed class BlockScratch(MemoryAccount account) : IDisposable
{
    private const int KeptBytes = 64 * 1024;

    /// <summary>The bytes as they are in the file.</summary>
    public NativeBuffer Stored { get; } = new(account, KeptBytes);

    public BlockUnpacker Unpacker { get; } = new(account);

    /// <summary>Gives back what a rare large block took.</summary>
    public void Shrink()
    {
        Stored.ShrinkTo(KeptBytes);
        Unpacker.Shrink();
    }

    public void Dispose()
    {
        Stored.Dispose();
        Unpacker.Dispose();
    }
}
