using Keystone.Storage.Entries;
using Keystone.Storage.Memory;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Reading;

/// <summary>
/// Finds the newest version of a key that a reader may see, newest place first: the active memtable, the sealed ones, the files of
/// level 0 from the newest on, then one file of each deeper level. The first version at or below the reader's sequence is the answer,
/// because a place holds nothing older than the place behind it, key by key. A drop mark above it hides it.
/// <para>
/// What enters: a View that the caller holds, a key, a sequence. What leaves: a result that lends the value. What always holds: no
/// lock, no allocation while everything is in memory, and no block pinned across a read from the disk.
/// </para>
/// </summary>
internal static class PointRead
{
    public static PointReadState TryGet(View view, ReadOnlySpan<byte> key, ulong sequenceMax, bool mayBlock, ref PointResult result)
        => TryGetInMemory(view, key, sequenceMax, ref result) == PointReadState.Known
            ? PointReadState.Known
            : TryGetInFiles(view, key, sequenceMax, mayBlock, ref result);

    /// <summary>Looks into the memtables. NeedsLoad means that the answer, if there is one, is in files.</summary>
    public static unsafe PointReadState TryGetInMemory(View view, ReadOnlySpan<byte> key, ulong sequenceMax, ref PointResult result)
    {
        if (!TryFind(view, key, sequenceMax, out MemTableEntry entry))
        {
            return PointReadState.NeedsLoad;
        }

        result.SetInMemory(entry.Stamp, entry.ValuePointer, entry.ValueLength);
        HideDropped(view, key, sequenceMax, entry.Stamp, ref result);
        return PointReadState.Known;
    }

    /// <summary>Looks into the files. Requires that the memtables have no version for this reader.</summary>
    public static PointReadState TryGetInFiles(View view, ReadOnlySpan<byte> key, ulong sequenceMax, bool mayBlock, ref PointResult result)
    {
        if (view.Files.FileCount == 0)
        {
            result.SetAbsent(0);
            return PointReadState.Known;
        }

        PinnedValue pin = default;
        SstLookup lookup = Find(view.Files.Levels, key, sequenceMax, mayBlock, ref pin);
        switch (lookup.State)
        {
            case SstLookupState.NeedsLoad:
                return PointReadState.NeedsLoad;
            case SstLookupState.Found:
                result.SetInBlock(lookup.Stamp, pin);
                HideDropped(view, key, sequenceMax, lookup.Stamp, ref result);
                return PointReadState.Known;
            default:
                result.SetAbsent(0);
                return PointReadState.Known;
        }
    }

    /// <summary>
    /// Makes an answer that was found in the same files earlier the answer under this View, whose drop marks may be newer.
    /// </summary>
    public static void Settle(View view, ReadOnlySpan<byte> key, ulong sequenceMax, in PointResult found, ref PointResult result)
    {
        result = found.Borrowed();
        if (result.IsPut)
        {
            HideDropped(view, key, sequenceMax, EntryStamp.Of(result.Sequence, EntryKind.Put), ref result);
        }
    }

    private static bool TryFind(View view, ReadOnlySpan<byte> key, ulong sequenceMax, out MemTableEntry entry)
    {
        if (view.Active.Table.TryGet(key, sequenceMax, out entry))
        {
            return true;
        }

        foreach (WriteBuffer buffer in view.Sealed)
        {
            if (buffer.Table.TryGet(key, sequenceMax, out entry))
            {
                return true;
            }
        }

        return false;
    }

    private static SstLookup Find(LiveFile[][] levels, ReadOnlySpan<byte> key, ulong sequenceMax, bool mayBlock, ref PinnedValue pin)
    {
        ulong hash = SstReader.HashOf(key);
        foreach (LiveFile file in levels[0])
        {
            if (key.SequenceCompareTo(file.Meta.FirstKey) >= 0 && key.SequenceCompareTo(file.Meta.LastKey) <= 0)
            {
                SstLookup lookup = file.Reader.TryGet(key, hash, sequenceMax, mayBlock, ref pin);
                if (lookup.State != SstLookupState.Absent)
                {
                    return lookup;
                }
            }
        }

        for (int level = 1; level < levels.Length; level++)
        {
            int index = StripeFiles.Find(levels[level], key);
            if (index >= 0)
            {
                SstLookup lookup = levels[level][index].Reader.TryGet(key, hash, sequenceMax, mayBlock, ref pin);
                if (lookup.State != SstLookupState.Absent)
                {
                    return lookup;
                }
            }
        }

        return SstLookup.Absent;
    }

    private static void HideDropped(View view, ReadOnlySpan<byte> key, ulong sequenceMax, ulong stamp, ref PointResult result)
    {
        foreach (DropMark mark in view.Drops)
        {
            if (mark.Hides(key, stamp, sequenceMax))
            {
                result.SetAbsent(Math.Max(result.Sequence, mark.Sequence));
            }
        }
    }
}
