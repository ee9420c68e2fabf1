using System.Buffers.Binary;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;

namespace Keystone.Storage.Log;

/// <summary>
/// The body of a group in an encrypted store. The header stays readable, since replay decides by it alone where the log ends; it is the
/// associated data, so that no body opens under another header. The nonce is the group's offset.
/// <code>
/// +------------------+-----------+-------------------+------------+
/// | sealed body      | tag (16)  | wrapped key (n)   | n (2)      |
/// +------------------+-----------+-------------------+------------+
///                                 only in the first record of a manifest: the key of this manifest
/// </code>
/// </summary>
internal static class SealedBody
{
    /// <summary>What sealing adds to a body.</summary>
    public const int ExtraBytes = DataKey.TagBytes;

    /// <summary>What a key adds to the group that carries it.</summary>
    public static int KeyBytes(WrappedKey? key) => key is null ? 0 : key.Bytes.Length + sizeof(ushort);

    /// <summary>
    /// Seals the body behind a header that says already how long the body is then. The header's checksum comes afterwards.
    /// </summary>
    public static void Seal(NativeBuffer group, in GroupHeader header, DataKey key, WrappedKey? carried)
    {
        int plainBytes = group.Length - GroupHeader.Bytes;
        group.Append(ExtraBytes + KeyBytes(carried));
        Span<byte> bytes = group.Written;
        header.WriteFields(bytes);
        Span<byte> behind = bytes[(GroupHeader.Bytes + plainBytes)..];
        key.Seal(header.OffsetBytes, Frame(bytes), bytes.Slice(GroupHeader.Bytes, plainBytes), behind[..DataKey.TagBytes]);
        if (carried is not null)
        {
            carried.Bytes.CopyTo(behind[DataKey.TagBytes..]);
            BinaryPrimitives.WriteUInt16LittleEndian(behind[^sizeof(ushort)..], (ushort)carried.Bytes.Length);
        }
    }

    /// <summary>The key that the group carries; null when the bytes are none.</summary>
    public static WrappedKey? TryReadKey(ReadOnlySpan<byte> group)
    {
        ReadOnlySpan<byte> body = group[GroupHeader.Bytes..];
        if (body.Length < ExtraBytes + sizeof(ushort))
        {
            return null;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(body[^sizeof(ushort)..]);
        return length > body.Length - ExtraBytes - sizeof(ushort)
            ? null
            : WrappedKey.TryDecode(body[^(length + sizeof(ushort))..^sizeof(ushort)]);
    }

    /// <summary>Appends the plain body to the target. False when it is not what was sealed under this header.</summary>
    public static bool TryOpen(ReadOnlySpan<byte> group, in GroupHeader header, DataKey key, NativeBuffer target)
    {
        int keyBytes = header.CarriesKey ? KeyBytes(TryReadKey(group)) : 0;
        int plainBytes = header.BodyBytes - keyBytes - ExtraBytes;
        if (plainBytes < 0)
        {
            return false;
        }

        ReadOnlySpan<byte> tag = group.Slice(GroupHeader.Bytes + plainBytes, DataKey.TagBytes);
        return key.TryOpen(
            header.OffsetBytes, Frame(group), group.Slice(GroupHeader.Bytes, plainBytes), tag, target.Append(plainBytes));
    }

    /// <summary>All of the header but its checksum.</summary>
    private static ReadOnlySpan<byte> Frame(ReadOnlySpan<byte> group) => group[sizeof(ulong)..GroupHeader.Bytes];
}
