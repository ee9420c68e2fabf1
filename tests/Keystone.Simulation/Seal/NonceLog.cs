using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Hashing;

namespace Keystone.Simulation.Seal;

/// <summary>
/// Every key that has sealed anything in this process, with the last nonce that was used under it. Nonces of a key have to grow, so that
/// none comes twice; a key that two writers had, in one life or in two, would begin again and be found.
/// </summary>
internal sealed class NonceLog
{
    private readonly ConcurrentDictionary<UInt128, ulong> _lastByKey = [];

    /// <summary>Notes one sealing. Keys are told apart by a hash of 128 bits. Returns whether it is the first of its key.</summary>
    /// <exception cref="SealFailure">The pair may have been there before.</exception>
    public bool Note(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce)
    {
        // The upper four bytes of a nonce are zero, so that its number is all that tells it apart.
        ulong number = BinaryPrimitives.ReadUInt64LittleEndian(nonce);
        uint rest = BinaryPrimitives.ReadUInt32LittleEndian(nonce[8..]);
        UInt128 name = XxHash128.HashToUInt128(key);
        bool isKnown = _lastByKey.TryGetValue(name, out ulong last);
        if (rest != 0 || (isKnown && number <= last))
        {
            throw new SealFailure($"the nonce {Convert.ToHexString(nonce)} came under a key that has sealed with one like it before");
        }

        _lastByKey[name] = number;
        return !isKnown;
    }
}
