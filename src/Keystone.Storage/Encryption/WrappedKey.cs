using System.Buffers;
using System.Text;

namespace Keystone.Storage.Encryption;

/// <summary>
/// The key of a file as it stands on the disk: sealed under a key of the ring.
/// <code>
/// +--------+-------------+-----------+----------------+----------+
/// | n (1)  | key id (n)  | salt (16) | sealed key (32)| tag (16) |
/// +--------+-------------+-----------+----------------+----------+
/// </code>
/// The salt is random and gives every wrapping a key of its own (HKDF-SHA256 over the ring's key), so a ring's key wraps any number of
/// keys and no nonce comes twice. The id is associated data.
/// </summary>
internal sealed class WrappedKey
{
    public const int KeyIdLengthMax = 64;
    public const int SaltBytes = 16;
    public const int BytesMax = 1 + KeyIdLengthMax + SaltBytes + DataKey.Bytes + DataKey.TagBytes;

    private static readonly SearchValues<char> KeyIdCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");

    private readonly byte[] _bytes;

    private WrappedKey(byte[] bytes)
    {
        _bytes = bytes;
        KeyId = Encoding.ASCII.GetString(KeyIdBytes);
    }

    /// <summary>The name of the key in the ring that opens it.</summary>
    public string KeyId { get; }

    public ReadOnlySpan<byte> Bytes => _bytes;

    public ReadOnlySpan<byte> KeyIdBytes => _bytes.AsSpan(1, _bytes[0]);

    public ReadOnlySpan<byte> Salt => Rest[..SaltBytes];

    public ReadOnlySpan<byte> SealedKey => Rest.Slice(SaltBytes, DataKey.Bytes);

    public ReadOnlySpan<byte> Tag => Rest[(SaltBytes + DataKey.Bytes)..];

    private ReadOnlySpan<byte> Rest => _bytes.AsSpan(1 + _bytes[0]);

    public static bool IsKeyId(string keyId)
        => keyId.Length is > 0 and <= KeyIdLengthMax && !keyId.AsSpan().ContainsAnyExcept(KeyIdCharacters);

    public static WrappedKey Of(string keyId, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> sealedKey, ReadOnlySpan<byte> tag)
        => new([(byte)keyId.Length, .. Encoding.ASCII.GetBytes(keyId), .. salt, .. sealedKey, .. tag]);

    /// <summary>Null when the bytes are not a wrapped key.</summary>
    public static WrappedKey? TryDecode(ReadOnlySpan<byte> source)
    {
        bool isWhole = !source.IsEmpty
            && source[0] is > 0 and <= KeyIdLengthMax
            && source.Length == 1 + source[0] + SaltBytes + DataKey.Bytes + DataKey.TagBytes;
        return isWhole ? new WrappedKey(source.ToArray()) : null;
    }
}
