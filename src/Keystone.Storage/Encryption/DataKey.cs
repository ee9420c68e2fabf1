using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Keystone.Storage.Encryption;

/// <summary>Hears of every sealing: the key and the nonce. For the tests that no pair of them comes twice.</summary>
internal delegate void SealObserver(ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce);

/// <summary>
/// The key of one use of one file, AES-256-GCM. The nonce of what it seals is the place in the file where that will stand.
/// <para>
/// What always holds: a key is random and made for one writer; places grow, which is required here and not only promised, so no nonce
/// comes twice under a key; a key that was read from a disk opens and never seals. One writer seals; any number of threads open.
/// </para>
/// </summary>
internal sealed class DataKey
{
    public const int Bytes = 32;
    public const int TagBytes = 16;
    public const int NonceBytes = 12;

    private readonly byte[] _secret;
    private readonly bool _isForWriting;
    private readonly SealObserver? _observer;
    private AesGcm? _idle;
    private long _lastPlace = -1;

    public DataKey(byte[] secret, bool isForWriting, SealObserver? observer)
    {
        Invariant.Require(secret.Length == Bytes);
        _secret = secret;
        _isForWriting = isForWriting;
        _observer = observer;
    }

    public ReadOnlySpan<byte> Secret => _secret;

    /// <summary>Seals the content where it stands. By the one writer, at places that grow.</summary>
    public void Seal(long place, ReadOnlySpan<byte> associated, Span<byte> content, Span<byte> tag)
    {
        Invariant.Require(_isForWriting && place > _lastPlace);
        _lastPlace = place;
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, place);
        _observer?.Invoke(_secret, nonce);
        AesGcm cipher = Take();
        cipher.Encrypt(nonce, content, content, tag, associated);
        Return(cipher);
    }

    /// <summary>Opens what was sealed at this place. False when it is not what was sealed there; the target then holds nothing.</summary>
    public bool TryOpen(
        long place, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> content, ReadOnlySpan<byte> tag, Span<byte> target)
    {
        Span<byte> nonce = stackalloc byte[NonceBytes];
        WriteNonce(nonce, place);
        AesGcm cipher = Take();
        try
        {
            cipher.Decrypt(nonce, content, tag, target, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        finally
        {
            Return(cipher);
        }
    }

    /// <summary>Gives the cipher back to the system; the next use makes another.</summary>
    public void Rest() => Interlocked.Exchange(ref _idle, null)?.Dispose();

    private static void WriteNonce(Span<byte> nonce, long place)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(nonce, place);
    }

    /// <summary>A cipher serves one call at a time; whoever finds none idle makes one, and one is kept.</summary>
    private AesGcm Take() => Interlocked.Exchange(ref _idle, null) ?? new AesGcm(_secret, TagBytes);

    private void Return(AesGcm cipher)
    {
        if (Interlocked.CompareExchange(ref _idle, cipher, null) is not null)
        {
            cipher.Dispose();
        }
    }
}
