using Keystone.Storage.Versions;

namespace Keystone.Testing.Audit;

/// <summary>Which files a manifest names: for certain, since the records that say so were synced, and perhaps.</summary>
internal sealed class AuditedManifest
{
    private readonly List<(TracedCall Write, VersionEdit Edit)> _waiting = [];
    private readonly HashSet<long> _tables = [];
    private readonly Dictionary<long, ulong> _segments = [];

    /// <summary>Whether a power loss could leave a manifest that names this file.</summary>
    public bool MayName(long number)
        => _tables.Contains(number)
        || _segments.ContainsKey(number)
        || _waiting.Exists(w => w.Edit.AddedFiles.Exists(f => f.File.Meta.FileNumber == number))
        || _waiting.Exists(w => w.Edit.Segments.Exists(s => s.FileNumber == number));

    /// <summary>Whether no power loss can leave a manifest before the record that names this table.</summary>
    public bool NamesForCertain(long table) => _tables.Contains(table);

    /// <summary>The use of a segment that the manifest names for certain; 0 for none.</summary>
    public ulong GenerationOf(long segment) => _segments.GetValueOrDefault(segment);

    public void Begin(TracedCall write, VersionEdit edit) => _waiting.Add((write, edit));

    public void Sync(TracedCall sync)
    {
        while (sync.HasSucceeded && _waiting.Count > 0 && _waiting[0].Write.EndLine < sync.BeginLine)
        {
            Apply(_waiting[0].Edit);
            _waiting.RemoveAt(0);
        }
    }

    private void Apply(VersionEdit edit)
    {
        edit.RemovedFiles.ForEach(f => _tables.Remove(f.FileNumber));
        edit.AddedFiles.ForEach(f => _tables.Add(f.File.Meta.FileNumber));
        edit.Segments.ForEach(s => _segments[s.FileNumber] = s.Generation);
        edit.RemovedSegments.ForEach(s => _segments.Remove(s));
    }
}
