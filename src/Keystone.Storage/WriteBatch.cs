using Keystone.Storage.Entries;
using Keystone.Storage.Log;

namespace Keystone.Storage;

/// <summary>
/// Operations that take force together or not at all, on one stripe or several. Keys and values are copied in. A batch is reused by
/// clearing it; it belongs to one caller at a time and must not be touched while its write is under way.
/// </summary>
public sealed class WriteBatch
{
    private readonly List<Operation> _operations = [];
    private readonly List<Part> _parts = [];
    private readonly Comparison<int> _byStripe;
    private byte[] _bytes = new byte[256];
    private int _used;
    private int[] _order = [];
    private ulong[] _firstSequences = [];
    private StripeClaim[] _claims = [];

    /// <summary>An empty batch.</summary>
    public WriteBatch() => _byStripe = CompareByStripe;

    /// <summary>How many operations are in it.</summary>
    public int Count => _operations.Count;

    /// <summary>What the operations take in the log, about.</summary>
    public int Bytes { get; private set; }

    /// <summary>Keys and values that it puts, bytes; what it removes does not count.</summary>
    internal long PutBytes { get; private set; }

    internal ReadOnlySpan<Part> Parts => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_parts);

    /// <summary>The claims of its stripes, ascending, each once. Once it is arranged.</summary>
    internal ReadOnlySpan<StripeClaim> Claims => _claims.AsSpan(0, _parts.Count);

    /// <summary>Gives a key a value.</summary>
    public void Put(StripeClaim claim, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Add(claim, EntryKind.Put, key, value);

    /// <summary>Removes a key, whether it exists or not.</summary>
    public void Delete(StripeClaim claim, ReadOnlySpan<byte> key) => Add(claim, EntryKind.Delete, key, default);

    /// <summary>
    /// Removes every key of a stripe from <paramref name="from"/> up to but not including <paramref name="to"/>; an empty
    /// <paramref name="to"/> means the end.
    /// </summary>
    public void DropRange(StripeClaim claim, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        if (!to.IsEmpty && from.SequenceCompareTo(to) >= 0)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded,
                "A range drop needs a first key below its end. Swap them, or leave the end empty for the end of the stripe.");
        }

        Add(claim, EntryKind.Drop, from, to);
    }

    /// <summary>Forgets all operations and keeps the memory.</summary>
    public void Clear()
    {
        _operations.Clear();
        _parts.Clear();
        _used = 0;
        Bytes = 0;
        PutBytes = 0;
    }

    /// <summary>The sequence that an operation got in its stripe. After the batch was committed.</summary>
    public ulong SequenceOf(int operation)
    {
        int position = Array.IndexOf(_order, operation, 0, Count);
        int part = _parts.FindLastIndex(p => p.Start <= position);
        return _firstSequences[part] + (ulong)(position - _parts[part].Start);
    }

    /// <summary>Puts the operations of each stripe together, stripes ascending, otherwise in the order of the calls.</summary>
    internal void Arrange()
    {
        if (_order.Length < Count)
        {
            _order = new int[Math.Max(Count, 8)];
        }

        for (int i = 0; i < Count; i++)
        {
            _order[i] = i;
        }

        if (!IsAscending())
        {
            _order.AsSpan(0, Count).Sort(_byStripe);
        }

        CollectParts();
        CollectClaims();
    }

    internal static StoreException TwoEpochs(StripeClaim one, StripeClaim other)
        => new(
            StoreErrorCode.LimitExceeded,
            $"A write names stripe {one.Stripe} under epoch {one.Epoch} and under epoch {other.Epoch}. "
            + "All of it has to go under the claim in force.");

    internal EntryKind Read(int position, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        Operation operation = _operations[_order[position]];
        key = _bytes.AsSpan(operation.Offset, operation.KeyBytes);
        value = _bytes.AsSpan(operation.Offset + operation.KeyBytes, operation.ValueBytes);
        return operation.Kind;
    }

    internal void NoteFirstSequence(int part, ulong sequence)
    {
        if (_firstSequences.Length < _parts.Count)
        {
            _firstSequences = new ulong[Math.Max(_parts.Count, 4)];
        }

        _firstSequences[part] = sequence;
    }

    private void Add(StripeClaim claim, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int bytes = LogPart.OperationBytes(kind, key.Length, value.Length);
        Check(key.Length <= StoreLimits.KeyBytesMax, "A key", key.Length, StoreLimits.KeyBytesMax, "bytes");
        Check(value.Length <= StoreLimits.ValueBytesMax, "A value", value.Length, StoreLimits.ValueBytesMax, "bytes");
        Check(Count < StoreLimits.BatchOperationsMax, "A batch", Count + 1, StoreLimits.BatchOperationsMax, "operations");
        long batchBytes = Bytes + (long)bytes + LogPart.HeaderBytesMax;
        Check(batchBytes <= StoreLimits.BatchBytesMax, "A batch", batchBytes, StoreLimits.BatchBytesMax, "bytes");
        if (_bytes.Length - _used < key.Length + value.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _used + key.Length + value.Length));
        }

        key.CopyTo(_bytes.AsSpan(_used));
        value.CopyTo(_bytes.AsSpan(_used + key.Length));
        _operations.Add(new Operation(claim, kind, _used, key.Length, value.Length));
        _used += key.Length + value.Length;
        Bytes += bytes + LogPart.HeaderBytesMax;
        PutBytes += kind == EntryKind.Put ? key.Length + value.Length : 0;
    }

    private static void Check(bool holds, string what, long value, long limit, string unit)
    {
        if (!holds)
        {
            throw new StoreException(StoreErrorCode.LimitExceeded, $"{what} has {value} {unit}; the limit is {limit}.");
        }
    }

    private int CompareByStripe(int a, int b)
    {
        int byStripe = _operations[a].Claim.Stripe.CompareTo(_operations[b].Claim.Stripe);
        return byStripe != 0 ? byStripe : a.CompareTo(b);
    }

    private bool IsAscending()
    {
        for (int i = 1; i < _operations.Count; i++)
        {
            if (_operations[i].Claim.Stripe < _operations[i - 1].Claim.Stripe)
            {
                return false;
            }
        }

        return true;
    }

    private void CollectParts()
    {
        _parts.Clear();
        for (int i = 0; i < Count; i++)
        {
            Operation operation = _operations[_order[i]];
            int bytes = LogPart.OperationBytes(operation.Kind, operation.KeyBytes, operation.ValueBytes);
            int entries = operation.Kind == EntryKind.Drop ? 0 : 1;
            int entryBytes = entries * (operation.KeyBytes + operation.ValueBytes);
            if (_parts.Count > 0 && _parts[^1].Claim.Stripe == operation.Claim.Stripe)
            {
                Part last = _parts[^1];
                if (last.Claim != operation.Claim)
                {
                    throw TwoEpochs(last.Claim, operation.Claim);
                }

                _parts[^1] = last with
                {
                    Count = last.Count + 1,
                    LogBytes = last.LogBytes + bytes,
                    EntryCount = last.EntryCount + entries,
                    EntryBytes = last.EntryBytes + entryBytes,
                };
            }
            else
            {
                _parts.Add(new Part(operation.Claim, i, 1, bytes, entries, entryBytes));
            }
        }
    }

    private void CollectClaims()
    {
        if (_claims.Length < _parts.Count)
        {
            _claims = new StripeClaim[_parts.Count];
        }

        for (int i = 0; i < _parts.Count; i++)
        {
            _claims[i] = _parts[i].Claim;
        }
    }

    /// <summary>The operations of one stripe: positions in arranged order, and what they take in the log and in the memtable.</summary>
    internal readonly record struct Part(StripeClaim Claim, int Start, int Count, int LogBytes, int EntryCount, long EntryBytes);

    private readonly record struct Operation(StripeClaim Claim, EntryKind Kind, int Offset, int KeyBytes, int ValueBytes);
}
