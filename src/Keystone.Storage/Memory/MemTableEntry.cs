namespace Keystone.Storage.Memory;

/// <summary>A version that was found. It points into the table: valid as long as the table is not freed.</summary>
internal readonly unsafe struct MemTableEntry
{
    public MemTableEntry(Record* record)
    {
        Stamp = record->Stamp;
        ValuePointer = Record.ValuePointer(record);
        ValueLength = record->ValueLength;
    }

    public ulong Stamp { get; }

    public byte* ValuePointer { get; }

    public int ValueLength { get; }

    public ReadOnlySpan<byte> Value => new(ValuePointer, ValueLength);
}
