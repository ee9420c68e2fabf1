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

    /// <summary>A later word on the counters; 0 leaves them.</summary>
    public ManifestCounters Counters { get; set; }

    /// <summary>The stripes that this edit touches in any way, ascending.</summary>
    public IReadOnlyCollection<int> Stripes()
    {
        SortedSet<int> stripes = [];
        stripes.UnionWith(Claims.Select(c => c.Stripe));
        stripes.UnionWith(FlushedThrough.Select(f => f.Stripe));
        stripes.UnionWith(AddedFiles.Select(f => f.Stripe));
        stripes.UnionWith(RemovedFiles.Select(f => f.Stripe));
        stripes.UnionWith(AddedDrops.Select(d => d.Stripe));
        stripes.UnionWith(RemovedDrops.Select(d => d.Stripe));
        return stripes;
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
