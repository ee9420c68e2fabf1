namespace Keystone.Testing.Audit;

/// <summary>What an audit has looked at.</summary>
public sealed record AuditCounts
{
    /// <summary>Times that the store was opened.</summary>
    public int Lives { get; set; }

    /// <summary>Groups that were published and had to be synced before.</summary>
    public int SyncedGroups { get; set; }

    /// <summary>Groups that were published and had to be written before.</summary>
    public int BufferedGroups { get; set; }

    /// <summary>Answers to callers who were alone, so that nothing at all could wait for its sync.</summary>
    public int Answers { get; set; }

    /// <summary>Syncs of segments of the log.</summary>
    public int LogSyncs { get; set; }

    /// <summary>Syncs of the directory.</summary>
    public int DirectorySyncs { get; set; }

    /// <summary>Times that the log went on in another segment.</summary>
    public int SegmentChanges { get; set; }

    /// <summary>Uses of segments that had been used before.</summary>
    public int Recyclings { get; set; }

    /// <summary>Records of manifests.</summary>
    public int Edits { get; set; }

    /// <summary>Tables that records name for the first time.</summary>
    public int Tables { get; set; }

    /// <summary>Manifests that took the place of another one.</summary>
    public int Rolls { get; set; }

    /// <summary>Manifests, tables and segments that were removed.</summary>
    public int Unlinks { get; set; }

    /// <summary>The sums.</summary>
    public static AuditCounts operator +(AuditCounts a, AuditCounts b)
        => new()
        {
            Lives = a.Lives + b.Lives,
            SyncedGroups = a.SyncedGroups + b.SyncedGroups,
            BufferedGroups = a.BufferedGroups + b.BufferedGroups,
            Answers = a.Answers + b.Answers,
            LogSyncs = a.LogSyncs + b.LogSyncs,
            DirectorySyncs = a.DirectorySyncs + b.DirectorySyncs,
            SegmentChanges = a.SegmentChanges + b.SegmentChanges,
            Recyclings = a.Recyclings + b.Recyclings,
            Edits = a.Edits + b.Edits,
            Tables = a.Tables + b.Tables,
            Rolls = a.Rolls + b.Rolls,
            Unlinks = a.Unlinks + b.Unlinks,
        };

    /// <inheritdoc/>
    public override string ToString()
        => $"{SyncedGroups:N0} synced and {BufferedGroups:N0} buffered groups, {Answers:N0} answers, {LogSyncs:N0} log syncs, "
            + $"{DirectorySyncs:N0} directory syncs, {SegmentChanges:N0} changes of segment, {Recyclings:N0} of them to a used one, "
            + $"{Edits:N0} manifest records, {Tables:N0} tables, {Rolls:N0} manifests, {Unlinks:N0} removals, {Lives:N0} openings";
}
