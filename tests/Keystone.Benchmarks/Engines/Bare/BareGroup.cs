using Keystone.Benchmarks.Engines.Commit;

namespace Keystone.Benchmarks.Engines.Bare;

/// <summary>Records side by side, as one run of bytes. The memory grows to the largest group and is used again.</summary>
internal sealed class BareGroup(BareWrite write) : ICommitBatch
{
    private byte[] _bytes = new byte[4096];
    private int _used;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int end = _used + key.Length + value.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, end * 2);
        }

        key.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(_used + key.Length));
        _used = end;
    }

    public void Commit()
    {
        write(_bytes.AsSpan(0, _used));
        _used = 0;
    }

    public void Dispose()
    {
        // Managed memory alone.
    }
}

/// <summary>Returns when the bytes are on the medium.</summary>
internal delegate void BareWrite(ReadOnlySpan<byte> group);
