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

    public List<(int Stripe, int Level, SstMeta Meta)> AddedFiles { get; } = [];

    public List<(int Stripe, int Level, long FileNumber)> RemovedFiles { get; } = [];

    public List<(int Stripe, DropMark Mark)> AddedDrops { get; } = [];

    public List<(int Stripe, ulong Sequence)> RemovedDrops { get; } = [];

    /// <summary>Segments that are new or have changed.</summary>
    public List<SegmentRecord> Segments { get; } = [];

    public List<long> RemovedSegments { get; } = [];

    /// <summary>Lower bounds of the counters; 0 leaves them.</summary>
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

/// <summary>Numbers that are never given twice. Each is the highest one in use.</summary>
/// <param name="FileNumber">Of names in the directory.</param>
/// <param name="Generation">Of segments and manifests.</param>
/// <param name="Group">Of groups in the commit log, as far as the manifest knows.</param>
internal readonly record struct ManifestCounters(long FileNumber, ulong Generation, ulong Group)
{
    public ManifestCounters Max(ManifestCounters other) => new(
        Math.Max(FileNumber, other.FileNumber),
        Math.Max(Generation, other.Generation),
        Math.Max(Group, other.Group));
}
