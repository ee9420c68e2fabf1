using System.Runtime.InteropServices;

namespace Keystone.Benchmarks.Engines.Commit;

/// <summary>
/// Records side by side in managed memory, for peers that have no batch of their own but a transaction, which belongs to the thread that
/// runs it. The memory grows to the largest group and is used again.
/// </summary>
internal sealed class PutList : ICommitBatch
{
    private readonly Action<PutList> _commit;
    private readonly List<(int KeyStart, int ValueStart, int End)> _records = [];
    private byte[] _bytes = new byte[4096];
    private int _used;

    /// <param name="commit">Writes all records of the list in one transaction with sync.</param>
    public PutList(Action<PutList> commit)
    {
        _commit = commit;
    }

    public int Count => _records.Count;

    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int valueStart = _used + key.Length;
        int end = valueStart + value.Length;
        if (end > _bytes.Length)
        {
            Array.Resize(ref _bytes, end * 2);
        }

        key.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(valueStart));
        _records.Add((_used, valueStart, end));
        _used = end;
    }

    public ReadOnlySpan<byte> Key(int index)
    {
        ref readonly (int KeyStart, int ValueStart, int End) record = ref CollectionsMarshal.AsSpan(_records)[index];
        return _bytes.AsSpan(record.KeyStart, record.ValueStart - record.KeyStart);
    }

    public ReadOnlySpan<byte> Value(int index)
    {
        ref readonly (int KeyStart, int ValueStart, int End) record = ref CollectionsMarshal.AsSpan(_records)[index];
        return _bytes.AsSpan(record.ValueStart, record.End - record.ValueStart);
    }

    public void Commit()
    {
        _commit(this);
        _records.Clear();
        _used = 0;
    }

    public void Dispose()
    {
        // Managed memory alone.
    }
}
