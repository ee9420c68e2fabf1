using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Makes one drop mark of two whose ranges adjoin or overlap, where nobody can tell the difference.
/// <para>
/// The merged mark has both ranges and the newer sequence. So what changes is the range of the older mark, whose sequence is raised. It
/// hides more then: versions of its range between the two sequences. And it counts for fewer readers: not for those between the two
/// sequences. Hence two marks may become one if, and only if it is certain that
/// </para>
/// <para>
/// 1. no version of the older range lies between the two sequences, which is certain if the newer range has all of the older one (it hides
/// them anyway), or if no file may hold such a version by its keys and sequences; 2. no live snapshot lies between them, the older one
/// included; 3. no other reader can. For 3 both marks must be flushed: then the newer one is published, and whoever takes a View or a
/// snapshot from here on reads at or above it. Flushed marks have no business with buffers either: everything there is newer.
/// </para>
/// </summary>
internal static class DropMerge
{
    /// <summary>
    /// The marks after all merges that are possible. <paramref name="marks"/> are flushed; <paramref name="snapshots"/> were read after
    /// that was seen; <paramref name="files"/> are all that a View with these marks is going to have.
    /// </summary>
    public static List<DropMark> Merge(IEnumerable<DropMark> marks, ulong[] snapshots, IReadOnlyList<FileRecord> files)
    {
        List<DropMark> merged = [.. marks.OrderBy(m => m.Sequence)];
        while (TryMergePair(merged, snapshots, files))
        {
        }

        return merged;
    }

    private static bool TryMergePair(List<DropMark> marks, ulong[] snapshots, IReadOnlyList<FileRecord> files)
    {
        for (int older = 0; older < marks.Count; older++)
        {
            for (int newer = older + 1; newer < marks.Count; newer++)
            {
                if (AreOne(marks[older], marks[newer], snapshots, files))
                {
                    marks[newer] = Union(marks[older], marks[newer]);
                    marks.RemoveAt(older);
                    return true;
                }
            }
        }

        return false;
    }

    private static bool AreOne(DropMark older, DropMark newer, ulong[] snapshots, IReadOnlyList<FileRecord> files)
        => Touch(older, newer)
        && !Array.Exists(snapshots, s => s >= older.Sequence && s < newer.Sequence)
        && (IsWithin(older, newer) || !files.Any(f => MayHoldBetween(f, older, newer)));

    private static bool MayHoldBetween(FileRecord file, DropMark older, DropMark newer)
        => newer.Sequence - older.Sequence > 1
        && file.Meta.LastSequence > older.Sequence
        && file.Meta.FirstSequence < newer.Sequence
        && older.Overlaps(file.Meta.FirstKey, file.Meta.LastKey);

    private static bool Touch(DropMark a, DropMark b) => Reaches(a, b.From) && Reaches(b, a.From);

    /// <summary>Whether the range ends at or behind the key.</summary>
    private static bool Reaches(DropMark mark, ReadOnlySpan<byte> key) => mark.To.Length == 0 || key.SequenceCompareTo(mark.To) <= 0;

    private static bool IsWithin(DropMark inner, DropMark outer)
        => outer.From.AsSpan().SequenceCompareTo(inner.From) <= 0 && EndOf(inner, outer) == outer.To;

    private static DropMark Union(DropMark older, DropMark newer)
    {
        byte[] from = newer.From.AsSpan().SequenceCompareTo(older.From) <= 0 ? newer.From : older.From;
        return newer with { From = from, To = EndOf(older, newer) };
    }

    /// <summary>The farther end of two ranges; that of the newer one if they are equal.</summary>
    private static byte[] EndOf(DropMark older, DropMark newer)
        => newer.To.Length == 0 || (older.To.Length != 0 && newer.To.AsSpan().SequenceCompareTo(older.To) >= 0) ? newer.To : older.To;
}
