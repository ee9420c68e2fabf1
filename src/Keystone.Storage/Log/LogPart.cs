using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Log;

/// <summary>
/// What one batch did to one stripe, as it stands in the body of a group of the commit log. A body is a row of parts; the
/// operations of a part take the sequences from <c>first</c> on, one each.
/// <code>
///  0       2      4        8        12       16        24
/// +-------+------+--------+--------+--------+---------+----------------+------------------------+-----------
/// |stripe |flags |count   |length  |0       |epoch    |first sequence  |session (16), number (8)| operations
/// +-------+------+--------+--------+--------+---------+----------------+------------------------+-----------
///                                                                       only with flag bit 0
/// operation: kind (1)  key length (varint)  value length (varint, not for deletes)  key  value
/// </code>
/// <c>length</c> counts the operations' bytes. The request id (session and number) lets a repeated request be answered truthfully.
/// The value of a drop is the key behind the last one that is dropped.
/// </summary>
internal readonly ref struct LogPart
{
    public const int HeaderBytes = 32;
    public const int RequestIdBytes = 24;
    public const ushort HasRequestId = 1;

    public int Stripe { get; private init; }

    public ulong Epoch { get; private init; }

    public ulong FirstSequence { get; private init; }

    public int Count { get; private init; }

    public ReadOnlySpan<byte> Operations { get; private init; }

    /// <summary>Bytes that an operation takes in the log.</summary>
    public static int OperationBytes(EntryKind kind, int keyBytes, int valueBytes)
        => 1 + VarInt.Length((ulong)keyBytes) + keyBytes + (kind == EntryKind.Delete ? 0 : VarInt.Length((ulong)valueBytes) + valueBytes);

    public static unsafe void WriteHeader(Span<byte> target, int stripe, ulong epoch, ulong firstSequence, int count, int operationBytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(target, checked((ushort)stripe));
        BinaryPrimitives.WriteUInt16LittleEndian(target[2..], 0);
        BinaryPrimitives.WriteInt32LittleEndian(target[4..], count);
        BinaryPrimitives.WriteInt32LittleEndian(target[8..], operationBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(target[12..], 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(target[24..], firstSequence);
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

    /// <summary>Takes the next part off the front of a body. False when the bytes are not a part; the checksum has passed by then, so that is damage.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> body, out LogPart part)
    {
        part = default;
        if (body.Length < HeaderBytes)
        {
            return false;
        }

        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(body[2..]);
        int header = HeaderBytes + ((flags & HasRequestId) != 0 ? RequestIdBytes : 0);
        int length = BinaryPrimitives.ReadInt32LittleEndian(body[8..]);
        if ((flags & ~HasRequestId) != 0 || length < 0 || header + (long)length > body.Length)
        {
            return false;
        }

        part = new LogPart
        {
            Stripe = BinaryPrimitives.ReadUInt16LittleEndian(body),
            Count = BinaryPrimitives.ReadInt32LittleEndian(body[4..]),
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(body[16..]),
            FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(body[24..]),
            Operations = body.Slice(header, length),
        };
        body = body[(header + length)..];
        return true;
    }

    /// <summary>Takes the next operation off the front of a part's operations.</summary>
    public static bool TryReadOperation(ref ReadOnlySpan<byte> operations, out EntryKind kind, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
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
}
