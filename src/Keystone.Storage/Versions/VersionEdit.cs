using System.Collections;
using Keystone.Storage.Encryption;
using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>
/// One change of what the manifest says, applied as a whole: claims, flushed sequences, files that come and go, drop marks, segments,
/// counters. A flush puts its files and the flushed-through sequence of its stripes into the same edit; a compaction the files it
/// made and those it replaced.
/// </summary>
internal sealed class VersionEdit
{
    public List<(int Stripe, ulong Epoch)> Claims { get; } = [];

    public List<(int Stripe, ulong Sequence)> FlushedThrough { get; } = [];

    public List<(int Stripe, int Level, FileRecord File)> AddedFiles { get; } = [];

    public List<(int Stripe, int Level, long FileNumber)> RemovedFiles { get; } = [];

    public List<(int Stripe, DropMark Mark)> AddedDrops { get; } = [];

    public List<(int Stripe, ulong Sequence)> RemovedDrops { get; } = [];

    /// <summary>Segments that are new or have changed.</summary>
    public List<SegmentRecord> Segments { get; } = [];

    public List<long> RemovedSegments { get; } = [];

    /// <summary>Keys of files and segments that this edit adds. They go with the file, and with the use of the segment.</summary>
    public List<FileKey> Keys { get; } = [];

    /// <summary>A later word on the counters; 0 leaves them.</summary>
    public ManifestCounters Counters { get; set; }

    /// <summary>
    /// A group through which the log was durable when the edit was made; 0 says nothing. See <see cref="ManifestState"/>.
    /// </summary>
    public ulong LogDurableThrough { get; set; }

    /// <summary>A table that was written, with its key.</summary>
    public void AddFile(int stripe, int level, SstWriter writer, ulong dropsThrough)
    {
        AddedFiles.Add((stripe, level, new FileRecord(writer.Meta!, dropsThrough)));
        AddKey(writer.Meta!.FileNumber, writer.Key);
    }

    /// <summary>Does nothing in a store that is not encrypted.</summary>
    public void AddKey(long fileNumber, DataKey? key)
    {
        if (key is not null)
        {
            Keys.Add(new FileKey(fileNumber) { Key = key });
        }
    }

    /// <summary>The key that came with a file; null in a store that is not encrypted.</summary>
    public DataKey? KeyOf(long fileNumber)
    {
        foreach (FileKey key in Keys)
        {
            if (key.FileNumber == fileNumber)
            {
                return key.Key;
            }
        }

        return null;
    }

    public int FilesAddedTo(int stripe, int level)
    {
        int count = 0;
        foreach ((int owner, int target, _) in AddedFiles)
        {
            count += owner == stripe && target == level ? 1 : 0;
        }

        return count;
    }

    public int FilesRemovedFrom(int stripe, int level)
    {
        int count = 0;
        foreach ((int owner, int source, _) in RemovedFiles)
        {
            count += owner == stripe && source == level ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether the edit takes this file out of this level.</summary>
    public bool Removes(int stripe, int level, long fileNumber)
    {
        foreach ((int owner, int source, long number) in RemovedFiles)
        {
            if (owner == stripe && source == level && number == fileNumber)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the edit asks for another set of files or drop marks of the stripe. Called for every stripe of an edit.</summary>
    public bool ChangesFilesOf(int stripe)
    {
        foreach ((int flushed, _) in FlushedThrough)
        {
            if (flushed == stripe)
            {
                return true;
            }
        }

        foreach ((int added, _, _) in AddedFiles)
        {
            if (added == stripe)
            {
                return true;
            }
        }

        foreach ((int removed, _, _) in RemovedFiles)
        {
            if (removed == stripe)
            {
                return true;
            }
        }

        foreach ((int marked, _) in RemovedDrops)
        {
            if (marked == stripe)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Notes in <paramref name="stripes"/>, by number, which stripes this edit touches in any way.</summary>
    public void MarkStripes(BitArray stripes)
    {
        foreach ((int stripe, _) in Claims)
        {
            stripes[stripe] = true;
        }

        foreach ((int stripe, _) in FlushedThrough)
        {
            stripes[stripe] = true;
        }

        foreach ((int stripe, _, _) in AddedFiles)
        {
            stripes[stripe] = true;
        }

        foreach ((int stripe, _, _) in RemovedFiles)
        {
            stripes[stripe] = true;
        }

        foreach ((int stripe, _) in AddedDrops)
        {
            stripes[stripe] = true;
        }

        foreach ((int stripe, _) in RemovedDrops)
        {
            stripes[stripe] = true;
        }
    }
}

/// <summary>Where the numbering of files, uses and groups stands.</summary>
/// <param name="FileNumber">The highest in use; never given twice.</param>
/// <param name="Generation">The highest in use; never given twice.</param>
/// <param name="Group">
/// The group before the first one of a segment whose first group the manifest does not know; 0 when nothing is said. Groups that a
/// power loss has taken give their numbers back, so this is the latest word and not the highest.
/// </param>
internal readonly record struct ManifestCounters(long FileNumber, ulong Generation, ulong Group)
{
    /// <summary>These counters after a later word about them.</summary>
    public ManifestCounters Then(ManifestCounters later) => new(
        Math.Max(FileNumber, later.FileNumber),
        Math.Max(Generation, later.Generation),
        later.Group != 0 ? later.Group : Group);
}
