using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Log;

/// <summary>
/// What one batch did to one stripe, as it stands in the body of a group of the commit log. A body is a row of parts; the
/// operations of a part take the sequences from <c>first</c> on, one each.
/// <code>
/// +-----------------+-------+----------------+-------+--------+------------------------+-----------
/// |stripe * 4 + flag|epoch  |first sequence  |count  |length  |session (16), number (8)| operations
/// +-----------------+-------+----------------+-------+--------+------------------------+-----------
///                                             not with bit 0   only with bit 1
/// operation: kind (1)  key length  value length (not for deletes)  key  value
/// </code>
/// Numbers without a size are varints, since most parts hold one operation and the log is what a put costs. Bit 0 of the flags: there
/// is one operation, and its own lengths say where it ends. Otherwise
/// <c>length</c> counts the operations' bytes. Bit 1: the request id (session and number) lets a repeated request be answered truthfully.
/// The value of a drop is the key behind the last one that is dropped.
/// <para>
/// What reads is compiled at once as well as it ever will be: a process reads its log in its first second, before the runtime has had
/// time to find out what is worth it.
/// </para>
/// </summary>
internal readonly ref struct LogPart
{
    /// <summary>The most that a part takes beside its operations and a request id.</summary>
    public const int HeaderBytesMax = 3 + 10 + 9 + 5 + 5;

    public const int RequestIdBytes = 24;

    private const int FlagBits = 2;
    private const ulong IsSingle = 1;
    private const ulong HasRequestId = 2;

    public int Stripe { get; private init; }

    public ulong Epoch { get; private init; }

    public ulong FirstSequence { get; private init; }

    public int Count { get; private init; }

    public ReadOnlySpan<byte> Operations { get; private init; }

    /// <summary>Bytes that an operation takes in the log.</summary>
    public static int OperationBytes(EntryKind kind, int keyBytes, int valueBytes)
        => 1 + VarInt.Length((ulong)keyBytes) + keyBytes + (kind == EntryKind.Delete ? 0 : VarInt.Length((ulong)valueBytes) + valueBytes);

    /// <summary>Bytes that a part takes before its operations, without a request id.</summary>
    public static int HeaderBytes(int stripe, ulong epoch, ulong firstSequence, int count, int operationBytes)
        => VarInt.Length((ulong)stripe << FlagBits) + VarInt.Length(epoch) + VarInt.Length(firstSequence)
            + (count == 1 ? 0 : VarInt.Length((ulong)count) + VarInt.Length((ulong)operationBytes));

    /// <summary>Writes what stands before the operations and returns what is left of the target.</summary>
    public static unsafe Span<byte> WriteHeader(
        Span<byte> target, int stripe, ulong epoch, ulong firstSequence, int count, int operationBytes)
    {
        Invariant.Require(HeaderBytes(stripe, epoch, firstSequence, count, operationBytes) <= target.Length);
        fixed (byte* start = target)
        {
            byte* next = VarInt.Write(start, ((ulong)stripe << FlagBits) | (count == 1 ? IsSingle : 0));
            next = VarInt.Write(next, epoch);
            next = VarInt.Write(next, firstSequence);
            if (count != 1)
            {
                next = VarInt.Write(next, (ulong)count);
                next = VarInt.Write(next, (ulong)operationBytes);
            }

            return target[(int)(next - start)..];
        }
    }

    /// <summary>Writes one operation and returns what is left of the target.</summary>
    public static unsafe Span<byte> WriteOperation(Span<byte> target, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int bytes = OperationBytes(kind, key.Length, value.Length);
        Invariant.Require(bytes <= target.Length);
        fixed (byte* start = target)
        {
            byte* next = start;
            *next++ = (byte)kind;
            next = VarInt.Write(next, (ulong)key.Length);
            if (kind != EntryKind.Delete)
            {
                next = VarInt.Write(next, (ulong)value.Length);
            }

            key.CopyTo(new Span<byte>(next, key.Length));
            if (kind != EntryKind.Delete)
            {
                value.CopyTo(new Span<byte>(next + key.Length, value.Length));
            }
        }

        return target[bytes..];
    }

    /// <summary>
    /// Takes the next part off the front of a body. False when the bytes are not a part; the checksum has passed by then, so that is
    /// damage.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryRead(scoped ref ReadOnlySpan<byte> body, out LogPart part)
    {
        part = default;
        ReadOnlySpan<byte> rest = body;
        if (!VarInt.TryRead(ref rest, out ulong tag)
            || tag >> FlagBits >= StoreLimits.StripesMax
            || !VarInt.TryRead(ref rest, out ulong epoch)
            || !VarInt.TryRead(ref rest, out ulong firstSequence)
            || !TryReadExtent(ref rest, tag, out ulong count, out ulong length)
            || firstSequence is 0 or > EntryStamp.SequenceMax
            || count - 1 > EntryStamp.SequenceMax - firstSequence)
        {
            return false;
        }

        part = new LogPart
        {
            Stripe = (int)(tag >> FlagBits),
            Count = (int)count,
            Epoch = epoch,
            FirstSequence = firstSequence,
            Operations = rest[..(int)length],
        };
        body = rest[(int)length..];
        return true;
    }

    /// <summary>Reads a part that <see cref="TryRead"/> has taken off a body before, out of exactly its bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static LogPart ReadAgain(ReadOnlySpan<byte> whole)
    {
        bool isPart = VarInt.TryRead(ref whole, out ulong tag)
            & VarInt.TryRead(ref whole, out ulong epoch)
            & VarInt.TryRead(ref whole, out ulong firstSequence);
        ulong count = 1;
        if ((tag & IsSingle) == 0)
        {
            isPart &= VarInt.TryRead(ref whole, out count) & VarInt.TryRead(ref whole, out _);
        }

        Invariant.Require(isPart);
        return new LogPart
        {
            Stripe = (int)(tag >> FlagBits),
            Count = (int)count,
            Epoch = epoch,
            FirstSequence = firstSequence,
            Operations = whole[((tag & HasRequestId) != 0 ? RequestIdBytes : 0)..],
        };
    }

    /// <summary>Takes the next operation off the front of a part's operations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool TryReadOperation(
        ref ReadOnlySpan<byte> operations, out EntryKind kind, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        kind = default;
        key = value = default;
        if (operations.IsEmpty)
        {
            return false;
        }

        kind = (EntryKind)operations[0];
        ReadOnlySpan<byte> rest = operations[1..];
        ulong valueBytes = 0;
        if (kind > EntryKind.Drop
            || !VarInt.TryRead(ref rest, out ulong keyBytes)
            || (kind != EntryKind.Delete && !VarInt.TryRead(ref rest, out valueBytes))
            || keyBytes > StoreLimits.KeyBytesMax
            || valueBytes > StoreLimits.ValueBytesMax
            || keyBytes > (ulong)rest.Length
            || valueBytes > (ulong)rest.Length - keyBytes)
        {
            return false;
        }

        key = rest[..(int)keyBytes];
        value = rest.Slice((int)keyBytes, (int)valueBytes);
        operations = rest[((int)keyBytes + (int)valueBytes)..];
        return true;
    }

    /// <summary>How many operations follow and how many bytes they take; leaves their start in front.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool TryReadExtent(ref ReadOnlySpan<byte> rest, ulong tag, out ulong count, out ulong length)
    {
        count = 1;
        length = 0;
        bool isSingle = (tag & IsSingle) != 0;
        if (!isSingle && !(VarInt.TryRead(ref rest, out count) && VarInt.TryRead(ref rest, out length)))
        {
            return false;
        }

        int idBytes = (tag & HasRequestId) != 0 ? RequestIdBytes : 0;
        if (rest.Length < idBytes)
        {
            return false;
        }

        rest = rest[idBytes..];
        if (isSingle)
        {
            ReadOnlySpan<byte> behind = rest;
            bool isOperation = TryReadOperation(ref behind, out _, out _, out _);
            length = (ulong)(rest.Length - behind.Length);
            return isOperation;
        }

        return count is > 0 and <= StoreLimits.BatchOperationsMax && length <= (ulong)rest.Length;
    }
}
