namespace Keystone.Storage.Entries;

/// <summary>
/// The number of a version: sequence (56 bits, dense in its stripe, from 1) and kind (8 bits) in one unsigned word.
/// Of two versions of a key the one with the greater stamp is newer.
/// <code>
///  63                                   8 7      0
/// +--------------------------------------+--------+
/// | sequence of the stripe               | kind   |
/// +--------------------------------------+--------+
/// </code>
/// </summary>
internal static class EntryStamp
{
    public const ulong SequenceMax = (1UL << 56) - 1;

    public static ulong Of(ulong sequence, EntryKind kind) => (sequence << 8) | (byte)kind;

    public static ulong Sequence(ulong stamp) => stamp >> 8;

    public static EntryKind Kind(ulong stamp) => (EntryKind)(byte)stamp;

    /// <summary>Whether it is a put that a reader at <paramref name="sequenceMax"/> sees.</summary>
    public static bool IsPutUpTo(ulong stamp, ulong sequenceMax) => Kind(stamp) == EntryKind.Put && Sequence(stamp) <= sequenceMax;
}
