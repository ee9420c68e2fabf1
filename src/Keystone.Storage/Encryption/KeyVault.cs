using System.Security.Cryptography;

namespace Keystone.Storage.Encryption;

/// <summary>Fills a span with bytes that nobody can foresee.</summary>
internal delegate void RandomFill(Span<byte> target);

/// <summary>
/// Makes, wraps and opens the keys of files.
/// <para>
/// Every table file, every use of a log segment and every manifest has a random key of its own. It is on the disk only wrapped, under the
/// key of the ring that is current when it is written down: a table's and a segment's in the manifest, the manifest's in its own first
/// record. No file carries its own key in its header, because headers are never rewritten: kept in one place, all keys are wrapped anew
/// by one new manifest, and afterwards nothing on the disk opens with the old key.
/// </para>
/// <para>
/// What is sealed: the bodies of log groups and manifest records, the payloads of all blocks. What stays clear: names, sizes, the frame of
/// groups and blocks, sequences by their number only, ids. What it keeps from somebody who has the disk: keys, values and ranges, and
/// changing any of them unseen. What it does not: how much was written when, and putting back the whole disk of an earlier day.
/// </para>
/// <para>
/// What it costs: after a roll or an opening the keys of all files stand in the first record of the manifest and nowhere else. If that
/// record is damaged, no repair opens a file that only it names; a backup is what helps.
/// </para>
/// <para>The ring is asked in the constructor, at <see cref="Open"/> and at <see cref="ReadCurrent"/>; wrapping needs it no more.</para>
/// </summary>
internal sealed class KeyVault
{
    private readonly RandomFill _random;
    private readonly SealObserver? _observer;

    // What each name meant when it was current, one for each change of keys while the store is open. Touched by whoever changes them.
    private readonly Dictionary<string, RingKey> _adopted = [];

    // Replaced by whoever wraps all keys anew, by one that was found good; read by anyone.
    private volatile IKeyRing _ring;

    // Replaced by whoever wraps all keys anew, read on the manifest's turn.
    private volatile RingKey _current;

    /// <exception cref="StoreException">KeyMissing or KeyRingInvalid, when the ring has not what it calls current.</exception>
    public KeyVault(IKeyRing ring, RandomFill random, SealObserver? observer)
    {
        _ring = ring;
        _random = random;
        _observer = observer;
        _current = ReadCurrent(ring);
        _adopted.Add(_current.KeyId, _current);
    }

    private KeyVault(KeyVault other)
    {
        _ring = other._ring;
        _random = other._random;
        _observer = other._observer;
        _current = other._current;
    }

    /// <summary>The name of the ring's key that wraps what is new.</summary>
    public string CurrentKeyId => _current.KeyId;

    private static ReadOnlySpan<byte> WrapPurpose => "keystone: the key of a file"u8;

    /// <summary>A key that nobody had, for one writer.</summary>
    public DataKey NewKey()
    {
        byte[] secret = new byte[DataKey.Bytes];
        _random(secret);
        return new DataKey(secret, isForWriting: true, _observer);
    }

    /// <summary>A vault that goes on wrapping under what is current in this one now, whatever this one adopts meanwhile.</summary>
    public KeyVault AsOfNow() => new(this);

    /// <summary>Lets the ring look again where its keys come from. What it finds counts when it is adopted. May block.</summary>
    public IKeyRing ReadRingAnew() => _ring.ReadAnew();

    /// <summary>What a ring calls current.</summary>
    /// <exception cref="StoreException">
    /// KeyMissing; KeyRingInvalid, when the name is none or meant other bytes before: what is wrapped tells its key by the name alone.
    /// </exception>
    public RingKey ReadCurrent(IKeyRing ring)
    {
        string keyId = ring.CurrentKeyId;
        byte[] key = new byte[DataKey.Bytes];
        if (!WrappedKey.IsKeyId(keyId))
        {
            throw new StoreException(
                StoreErrorCode.KeyRingInvalid,
                $"The current key of the key ring has no usable name. "
                    + $"A name is 1 to {WrappedKey.KeyIdLengthMax} letters, digits, '.', '-', '_'.");
        }

        if (!ring.TryCopyKey(keyId, key))
        {
            throw new StoreException(StoreErrorCode.KeyMissing, $"The key ring has no key '{keyId}', though it calls it current.");
        }

        bool isSame = !_adopted.TryGetValue(keyId, out RingKey? before) || CryptographicOperations.FixedTimeEquals(before.Key, key);
        return isSame
            ? new RingKey(keyId, key)
            : throw new StoreException(
                StoreErrorCode.KeyRingInvalid,
                $"The key '{keyId}' of the key ring is not the one that it was. Put the old bytes back and give the new key another name.");
    }

    /// <summary>From here on this is the ring, and keys are wrapped under this key of it.</summary>
    public void Adopt(IKeyRing ring, RingKey current)
    {
        _ring = ring;
        _adopted[current.KeyId] = current;
        _current = current;
    }

    /// <summary>Makes sure that the keys can be written down under the current key of the ring.</summary>
    public void Wrap(FileKey key)
    {
        if (key.Wrapped?.KeyId != CurrentKeyId)
        {
            Invariant.Require(key.Key is not null);
            key.Wrapped = Wrap(key.Key);
        }
    }

    public WrappedKey Wrap(DataKey key)
    {
        RingKey current = _current;
        Span<byte> salt = stackalloc byte[WrappedKey.SaltBytes];
        Span<byte> content = stackalloc byte[DataKey.Bytes];
        Span<byte> tag = stackalloc byte[DataKey.TagBytes];
        _random(salt);
        key.Secret.CopyTo(content);
        DataKey wrapping = WrappingKey(current.Key, salt, isForWriting: true);
        wrapping.Seal(0, System.Text.Encoding.ASCII.GetBytes(current.KeyId), content, tag);
        wrapping.Rest();
        return WrappedKey.Of(current.KeyId, salt, content, tag);
    }

    /// <summary>Opens a key for reading.</summary>
    /// <exception cref="StoreException">KeyMissing, when the ring has no key of this name; KeyWrong, when it has another.</exception>
    public DataKey Open(WrappedKey wrapped, string directory)
    {
        byte[] ringKey = new byte[DataKey.Bytes];
        if (!_ring.TryCopyKey(wrapped.KeyId, ringKey))
        {
            throw new StoreException(
                StoreErrorCode.KeyMissing,
                $"{directory} is encrypted under the key '{wrapped.KeyId}', which the key ring has not. Add it to the ring.");
        }

        byte[] secret = new byte[DataKey.Bytes];
        DataKey wrapping = WrappingKey(ringKey, wrapped.Salt, isForWriting: false);
        bool isRight = wrapping.TryOpen(0, wrapped.KeyIdBytes, wrapped.SealedKey, wrapped.Tag, secret);
        wrapping.Rest();
        CryptographicOperations.ZeroMemory(ringKey);
        return isRight
            ? new DataKey(secret, isForWriting: false, observer: null)
            : throw new StoreException(
                StoreErrorCode.KeyWrong,
                $"The key '{wrapped.KeyId}' of the key ring is not the one under which {directory} is encrypted. "
                    + "Use the ring of this store.");
    }

    private DataKey WrappingKey(ReadOnlySpan<byte> ringKey, ReadOnlySpan<byte> salt, bool isForWriting)
    {
        byte[] key = new byte[DataKey.Bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, ringKey, key, salt, WrapPurpose);
        return new DataKey(key, isForWriting, _observer);
    }

    /// <summary>A key of the ring under its name.</summary>
    internal sealed record RingKey(string KeyId, byte[] Key);
}
