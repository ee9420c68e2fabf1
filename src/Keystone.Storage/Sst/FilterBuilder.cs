using Keystone.Storage.Buffers;

namespace Keystone.Storage.Sst;

/// <summary>
/// Gathers the hashes of distinct keys; their number decides the size of the filter, so it is made when the data are complete.
/// </summary>
internal sealed unsafe class FilterBuilder(MemoryAccount account, int bitsPerKey) : IDisposable
{
    private readonly NativeBuffer _hashes = new(account, 0);
    private readonly NativeBuffer _lines = new(account, 0);

    /// <summary>How many bytes the filter will take in the file, about.</summary>
    public long BytesEstimate => (long)SplitBlockFilter.LinesFor(Count, bitsPerKey) * SplitBlockFilter.LineBytes;

    private int Count => _hashes.Length / sizeof(ulong);

    public void Add(ReadOnlySpan<byte> key)
    {
        if (bitsPerKey == 0)
        {
            return;
        }

        _hashes.EnsureFree(sizeof(ulong));
        *(ulong*)(_hashes.Pointer + _hashes.Length) = SplitBlockFilter.HashOf(key);
        _hashes.Length += sizeof(ulong);
    }

    /// <summary>Hands the filter blocks to <paramref name="output"/>. Returns how many there are.</summary>
    public int Finish(BlockOutput output, out int lines)
    {
        const int blockBytes = SplitBlockFilter.LinesPerBlock * SplitBlockFilter.LineBytes;
        lines = SplitBlockFilter.LinesFor(Count, bitsPerKey);
        _lines.Append(lines * SplitBlockFilter.LineBytes).Clear();
        ulong* hashes = (ulong*)_hashes.Pointer;
        for (int i = 0; i < Count; i++)
        {
            uint line = SplitBlockFilter.LineOf(hashes[i], (uint)lines);
            SplitBlockFilter.Add(_lines.Pointer + ((long)line * SplitBlockFilter.LineBytes), hashes[i]);
        }

        int blocks = 0;
        for (ReadOnlySpan<byte> rest = _lines.Written; !rest.IsEmpty; blocks++)
        {
            int bytes = Math.Min(blockBytes, rest.Length);
            output.Write(rest[..bytes], BlockKind.Filter, isPacked: false);
            rest = rest[bytes..];
        }

        return blocks;
    }

    /// <summary>Forgets what was added and frees all memory; the next key takes it again.</summary>
    public void Rest()
    {
        _hashes.Dispose();
        _lines.Dispose();
    }

    public void Dispose() => Rest();
}
