namespace Keystone.Benchmarks.Data;

/// <summary>Up to <see cref="Capacity"/> records side by side, filled again for every batch. One thread owns it.</summary>
internal sealed class RecordBatch
{
    private readonly byte[] _keys;
    private readonly byte[] _values;
    private readonly int _valueBytes;

    public RecordBatch(int capacity, int valueBytes)
    {
        Capacity = capacity;
        _valueBytes = valueBytes;
        _keys = new byte[capacity * RecordShape.KeyBytes];
        _values = new byte[capacity * valueBytes];
    }

    public int Capacity { get; }

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    public void Add(long id, long generation)
    {
        RecordShape.WriteKey(id, _keys.AsSpan(Count * RecordShape.KeyBytes, RecordShape.KeyBytes));
        RecordShape.WriteValue(id, generation, _values.AsSpan(Count * _valueBytes, _valueBytes));
        Count++;
    }

    public ReadOnlySpan<byte> Key(int index) => _keys.AsSpan(index * RecordShape.KeyBytes, RecordShape.KeyBytes);

    public ReadOnlySpan<byte> Value(int index) => _values.AsSpan(index * _valueBytes, _valueBytes);
}
