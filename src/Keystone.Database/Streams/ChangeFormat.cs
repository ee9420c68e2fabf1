using System.Buffers.Binary;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;
using Keystone.Model.Streams;

namespace Keystone.Database.Streams;

/// <summary>
/// A change in the stripe of its item, written in the batch of its write.
/// <code>
///  key    +------------------+------------------------------+----------------+
///         | stream, u32 BE   | first hash of stripe, u32 BE | number, u64 BE |
///         +------------------+------------------------------+----------------+
///  value  +----------+-----------+------------------------+------------------------+------------------------+
///         | kind, u8 | flags, u8 | length, u32 BE, keys   | length, u32 BE, before | length, u32 BE, after  |
///         +----------+-----------+------------------------+------------------------+------------------------+
///                      1: by the service                    0 if there is none       0 if there is none
/// </code>
/// </summary>
internal static class ChangeFormat
{
    private const byte ByService = 1;
    private const int KeyLength = EngineKey.HeaderLength + sizeof(ulong);

    /// <summary>The key of a change, or of the place where it would be.</summary>
    public static byte[] KeyOf(uint stream, int stripe, int stripeCount, ulong number)
    {
        byte[] key = new byte[KeyLength];
        EngineKey.WriteHeader(key, stream, (uint)HashRange.OfStripe(stripe, stripeCount).From);
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(EngineKey.HeaderLength), number);
        return key;
    }

    /// <summary>The number of a change.</summary>
    public static ulong NumberOf(ReadOnlySpan<byte> key) => key.Length == KeyLength
        ? BinaryPrimitives.ReadUInt64BigEndian(key[EngineKey.HeaderLength..])
        : throw KeystoneException.CorruptItem($"the key of a change has {key.Length} bytes, not {KeyLength}");

    /// <summary>What is stored of a change.</summary>
    /// <param name="view">What the stream has of an item.</param>
    /// <param name="keys">The key attributes.</param>
    /// <param name="before">The item before, or null.</param>
    /// <param name="after">The item after, or none.</param>
    /// <param name="isByService">Whether the service itself made the change.</param>
    public static byte[] Write(StreamViewType view, EncodedItem keys, EncodedItem? before, EncodedItem after, bool isByService)
    {
        ChangeKind kind = after.IsNone ? ChangeKind.Remove : before is null ? ChangeKind.Insert : ChangeKind.Modify;
        ReadOnlySpan<byte> old = view is StreamViewType.OldImage or StreamViewType.NewAndOldImages && before is { } found
            ? found.Bytes.Span
            : default;
        ReadOnlySpan<byte> now = view is StreamViewType.NewImage or StreamViewType.NewAndOldImages && !after.IsNone
            ? after.Bytes.Span
            : default;
        byte[] value = new byte[2 + (3 * sizeof(uint)) + keys.Bytes.Length + old.Length + now.Length];
        value[0] = (byte)kind;
        value[1] = isByService ? ByService : (byte)0;
        Span<byte> rest = value.AsSpan(2);
        rest = Append(rest, keys.Bytes.Span);
        rest = Append(rest, old);
        Append(rest, now);
        return value;
    }

    public static ChangeRecord Read(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || !Enum.IsDefined((ChangeKind)value[0]))
        {
            throw KeystoneException.CorruptItem("a change has no kind that there is");
        }

        ReadOnlySpan<byte> rest = value[2..];
        EncodedItem keys = Take(ref rest) ?? throw KeystoneException.CorruptItem("a change lacks the key of its item");
        EncodedItem? before = Take(ref rest);
        EncodedItem? after = Take(ref rest);
        return new ChangeRecord(NumberOf(key), (ChangeKind)value[0], keys)
        {
            OldImage = before,
            NewImage = after,
            IsByService = (value[1] & ByService) != 0,
        };
    }

    private static Span<byte> Append(Span<byte> destination, ReadOnlySpan<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)bytes.Length);
        bytes.CopyTo(destination[sizeof(uint)..]);
        return destination[(sizeof(uint) + bytes.Length)..];
    }

    private static EncodedItem? Take(ref ReadOnlySpan<byte> rest)
    {
        uint length = rest.Length < sizeof(uint) ? uint.MaxValue : BinaryPrimitives.ReadUInt32BigEndian(rest);
        if (length > (uint)(rest.Length - sizeof(uint)) || rest.Length < sizeof(uint))
        {
            throw KeystoneException.CorruptItem("a change is cut off");
        }

        ReadOnlySpan<byte> bytes = rest.Slice(sizeof(uint), (int)length);
        rest = rest[(sizeof(uint) + (int)length)..];
        return length == 0 ? default(EncodedItem?) : EncodedItem.FromChecked(bytes.ToArray());
    }
}
