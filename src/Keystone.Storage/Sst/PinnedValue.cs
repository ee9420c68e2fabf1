namespace Keystone.Storage.Sst;

/// <summary>A value inside a block, which it holds. Must be disposed once; copies of it share the one hold.</summary>
internal unsafe struct PinnedValue : IDisposable
{
    private CachedBlock? _block;
    private byte* _pointer;
    private int _length;

    /// <summary>The bytes; valid until <see cref="Dispose"/>.</summary>
    public readonly ReadOnlySpan<byte> Span => new(_pointer, _length);

    public void Dispose()
    {
        CachedBlock? block = _block;
        if (block != null)
        {
            this = default;
            block.Unpin();
        }
    }

    /// <summary>Takes over the caller's hold on the block.</summary>
    internal void Set(CachedBlock block, byte* pointer, int length)
    {
        Dispose();
        _block = block;
        _pointer = pointer;
        _length = length;
    }
}
