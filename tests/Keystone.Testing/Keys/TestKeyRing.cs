using System.Security.Cryptography;
using System.Text;
using Keystone.Storage.Encryption;

namespace Keystone.Testing.Keys;

/// <summary>A key ring in memory. The bytes of a key follow from its name, so that rings made apart agree on it.</summary>
public sealed class TestKeyRing : IKeyRing
{
    private readonly Dictionary<string, byte[]> _keys = [];

    /// <summary>Makes a ring with these keys; the last is current.</summary>
    public TestKeyRing(params ReadOnlySpan<string> keyIds)
    {
        CurrentKeyId = keyIds[^1];
        foreach (string keyId in keyIds)
        {
            Add(keyId);
        }
    }

    /// <inheritdoc/>
    public string CurrentKeyId { get; set; }

    /// <summary>Adds the key of this name, or another one under its name.</summary>
    public void Add(string keyId, string? bytesOf = null) => _keys[keyId] = SHA256.HashData(Encoding.ASCII.GetBytes(bytesOf ?? keyId));

    /// <summary>Removes a key.</summary>
    public void Remove(string keyId) => _keys.Remove(keyId);

    /// <inheritdoc/>
    public bool TryCopyKey(string keyId, Span<byte> key)
    {
        bool isThere = _keys.TryGetValue(keyId, out byte[]? found);
        found?.CopyTo(key);
        return isThere;
    }
}
