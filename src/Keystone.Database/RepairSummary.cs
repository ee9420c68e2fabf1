namespace Keystone.Database;

/// <summary>What a repair brought into a new database, and what it could not.</summary>
public sealed record RepairSummary
{
    /// <summary>The random id of the new disk.</summary>
    public required UInt128 DiskId { get; init; }

    /// <summary>Table files that were read, wholly or in part.</summary>
    public required int TablesRead { get; init; }

    /// <summary>Groups of the log that were read.</summary>
    public required long GroupsRead { get; init; }

    /// <summary>Entries in the new database: items, and the records of its catalog.</summary>
    public required long EntriesKept { get; init; }

    /// <summary>Everything that could not be read.</summary>
    public required IReadOnlyList<RepairDamage> Damages { get; init; }

    /// <summary>Whether items that were deleted may be there again, since what removed them could not be read.</summary>
    public required bool MayHoldDeleted { get; init; }
}

/// <summary>Something that a repair could not read.</summary>
/// <param name="File">The name of the file in the damaged directory.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">How much of the file it is; 0 when nobody knows.</param>
/// <param name="Entries">How many entries were in it; null when nobody knows.</param>
/// <param name="What">What is wrong with it.</param>
public sealed record RepairDamage(string File, long Offset, long Bytes, long? Entries, string What);
