using System.Runtime.CompilerServices;
using Keystone.Storage.Entries;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Applies the parts of groups to the memtables of their stripes. Skips what is in files already and what was written under an older
/// claim than this disk's; anything else has to continue the stripe's sequence without a hole. Each stripe is touched by one thread at a
/// time; different stripes by any.
/// </summary>
internal sealed class StripeReplay(ManifestState state, ChunkPool pool)
{
    private readonly ReplayedStripe?[] _stripes = new ReplayedStripe?[state.StripeCount];
    private long _operationCount;

    /// <summary>Makes room in the pool by flushing what was replayed so far. While nobody else touches any stripe.</summary>
    public required Action MakeRoom { get; init; }

    public int StripeCount => state.StripeCount;

    public long OperationCount => Volatile.Read(ref _operationCount);

    /// <summary>What was replayed of a stripe; null when nothing was.</summary>
    public ReplayedStripe? this[int stripe] => _stripes[stripe];

    /// <summary>Frees the memtable of a stripe: it was flushed, or nothing comes of the open.</summary>
    public void Forget(int stripe)
    {
        _stripes[stripe]?.Buffer.Release();
        _stripes[stripe] = null;
    }

    /// <summary>Applies a part if the pool has room for all of it. False: nothing was changed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryApply(ulong number, LogPart part, string path, long offset)
    {
        if (!IsWanted(part, path, offset))
        {
            return true;
        }

        // The operations' bytes are a little more than their keys and values, and a drop takes nothing: what is left is given back.
        WriteBuffer buffer = BufferOf(part.Stripe);
        int entriesLeft = part.Count;
        int bytesLeft = part.Operations.Length;
        if (!buffer.Table.TryReserve(entriesLeft, bytesLeft))
        {
            return false;
        }

        ReadOnlySpan<byte> operations = part.Operations;
        for (int i = 0; i < part.Count; i++)
        {
            EntryKind kind = ReadOperation(ref operations, part, path, offset, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);
            Apply(buffer, number, part.FirstSequence + (ulong)i, kind, key, value);
            if (kind != EntryKind.Drop)
            {
                entriesLeft--;
                bytesLeft -= key.Length + value.Length;
            }
        }

        if (entriesLeft > 0)
        {
            buffer.Table.Unreserve(entriesLeft, bytesLeft);
        }

        RequireEnd(operations, part, path, offset);
        Interlocked.Add(ref _operationCount, part.Count);
        return true;
    }

    /// <summary>
    /// Applies a part operation by operation and makes room whenever there is none. While nobody else touches any stripe.
    /// </summary>
    public void Apply(ulong number, LogPart part, string path, long offset)
    {
        if (!IsWanted(part, path, offset))
        {
            return;
        }

        ReadOnlySpan<byte> operations = part.Operations;
        for (int i = 0; i < part.Count; i++)
        {
            EntryKind kind = ReadOperation(ref operations, part, path, offset, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);
            WriteBuffer buffer = BufferWithRoom(part.Stripe, kind, key.Length + value.Length);
            Apply(buffer, number, part.FirstSequence + (ulong)i, kind, key, value);
        }

        RequireEnd(operations, part, path, offset);
        Interlocked.Add(ref _operationCount, part.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool IsWanted(LogPart part, string path, long offset)
    {
        StripeRecord record = state[part.Stripe];
        if (part.Epoch > record.Epoch)
        {
            // Nothing is written under a claim before the claim is durable: the manifest has lost its last records.
            throw StoreException.Corrupt(
                path,
                offset,
                $"stripe {part.Stripe} was written under epoch {part.Epoch}, but the manifest ends with epoch {record.Epoch}");
        }

        if (part.Epoch != record.Epoch || part.FirstSequence + (ulong)part.Count - 1 <= record.FlushedThrough)
        {
            return false;
        }

        ulong before = _stripes[part.Stripe] is { Buffer.IsEmpty: false } stripe ? stripe.LastSequence : record.FlushedThrough;
        return part.FirstSequence == before + 1
            ? true
            : throw StoreException.Corrupt(path, offset, $"stripe {part.Stripe} goes on with sequence {part.FirstSequence} after {before}");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static EntryKind ReadOperation(
        ref ReadOnlySpan<byte> operations, LogPart part, string path, long offset, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
        => LogPart.TryReadOperation(ref operations, out EntryKind kind, out key, out value)
            ? kind
            : throw StoreException.Corrupt(path, offset, $"an operation of stripe {part.Stripe} does not decode");

    private static void RequireEnd(ReadOnlySpan<byte> operations, LogPart part, string path, long offset)
    {
        if (!operations.IsEmpty)
        {
            throw StoreException.Corrupt(path, offset, $"a part of stripe {part.Stripe} has more bytes than operations");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Apply(WriteBuffer buffer, ulong number, ulong sequence, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        buffer.NoteBatch(number, sequence);
        if (kind == EntryKind.Drop)
        {
            buffer.NoteDrop(new DropMark(sequence, key.ToArray(), value.ToArray()));
        }
        else
        {
            buffer.Table.Add(key, EntryStamp.Of(sequence, kind), value);
        }
    }

    private WriteBuffer BufferOf(int stripe) => (_stripes[stripe] ??= new ReplayedStripe(new WriteBuffer(pool))).Buffer;

    private WriteBuffer BufferWithRoom(int stripe, EntryKind kind, int entryBytes)
    {
        WriteBuffer buffer = BufferOf(stripe);
        if (kind == EntryKind.Drop || buffer.Table.TryReserve(1, entryBytes))
        {
            return buffer;
        }

        MakeRoom();
        buffer = BufferOf(stripe);
        return buffer.Table.TryReserve(1, entryBytes)
            ? buffer
            : throw new StoreException(
                StoreErrorCode.LimitExceeded,
                $"The write buffers of {pool.CapacityBytes} bytes cannot hold an operation of {entryBytes} bytes from the log. "
                    + "Open the store with a larger write buffer budget.");
    }
}

/// <summary>What replay brought back of one stripe.</summary>
internal sealed record ReplayedStripe(WriteBuffer Buffer)
{
    public ulong LastSequence => Buffer.LastSequence;
}
