using Keystone.Storage.Entries;

namespace Keystone.Storage.Versions;

/// <summary>
/// A range of keys that does not exist below a sequence: what a logged range drop leaves behind until compaction has removed
/// everything it covers. <see cref="From"/> is the first key, <see cref="To"/> the key behind the last; an empty <see cref="To"/>
/// means the end of the stripe.
/// </summary>
internal sealed record DropMark(ulong Sequence, byte[] From, byte[] To)
{
    /// <summary>Whether the key lies in the range.</summary>
    public bool Contains(ReadOnlySpan<byte> key)
        => key.SequenceCompareTo(From) >= 0 && (To.Length == 0 || key.SequenceCompareTo(To) < 0);

    /// <summary>Whether any key from <paramref name="first"/> to <paramref name="last"/>, both included, lies in the range.</summary>
    public bool Overlaps(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
        => last.SequenceCompareTo(From) >= 0 && (To.Length == 0 || first.SequenceCompareTo(To) < 0);

    /// <summary>Whether all keys from <paramref name="first"/> to <paramref name="last"/> lie in the range.</summary>
    public bool Covers(ReadOnlySpan<byte> first, ReadOnlySpan<byte> last) => Contains(first) && Contains(last);

    /// <summary>Whether this mark hides the version from a reader at <paramref name="sequenceMax"/>.</summary>
    public bool Hides(ReadOnlySpan<byte> key, ulong stamp, ulong sequenceMax)
        => Sequence <= sequenceMax && EntryStamp.Sequence(stamp) < Sequence && Contains(key);

    /// <summary>Those of the marks that are not above the sequence.</summary>
    public static DropMark[] UpTo(DropMark[] marks, ulong sequence) => Array.FindAll(marks, mark => mark.Sequence <= sequence);

    /// <summary>Whether any of the marks hides the version. Marks are few (at most 64 a stripe).</summary>
    public static bool AnyHides(DropMark[] marks, ReadOnlySpan<byte> key, ulong stamp, ulong sequenceMax)
    {
        foreach (DropMark mark in marks)
        {
            if (mark.Hides(key, stamp, sequenceMax))
            {
                return true;
            }
        }

        return false;
    }
}
