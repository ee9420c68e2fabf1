namespace Keystone.Storage.Encryption;

/// <summary>
/// The keys that wrap the keys of files. Kept outside of the store: whoever has the disk and not the ring has nothing. Read when a store
/// is opened and when its keys are wrapped anew, never in between. A name means the same bytes for ever: what is wrapped tells its key by
/// the name alone, so other bytes need another name.
/// </summary>
public interface IKeyRing
{
    /// <summary>The name of the key that wraps what is new: 1 to 64 letters, digits, points, hyphens or underscores.</summary>
    string CurrentKeyId { get; }

    /// <summary>Copies the 32 bytes of a key. False when the ring has none of this name.</summary>
    bool TryCopyKey(string keyId, Span<byte> key);

    /// <summary>
    /// Looks again where the keys come from: called before the keys of a store are wrapped anew, on a thread that may wait. What it finds
    /// is
    /// a ring of its own, which takes this one's place only when it was found good. A ring that always tells what holds now is its own.
    /// </summary>
    IKeyRing ReadAnew() => this;
}
