namespace Keystone.Storage;

/// <summary>What a repair brought into its new store, and what it could not.</summary>
public sealed record RepairResult
{
    /// <summary>The random id of the new store.</summary>
    public required UInt128 StoreId { get; init; }

    /// <summary>Table files that were read, wholly or in part.</summary>
    public required int TablesRead { get; init; }

    /// <summary>Groups of the log that were read.</summary>
    public required long GroupsRead { get; init; }

    /// <summary>Entries that the new store holds: the newest version of every key that was found.</summary>
    public required long EntriesKept { get; init; }

    /// <summary>Everything that could not be read.</summary>
    public required IReadOnlyList<RepairLoss> Losses { get; init; }

    /// <summary>
    /// Whether data that was deleted may be there again: without a whole manifest nobody knows which files had been replaced, and damaged
    /// blocks may have held removals.
    /// </summary>
    public required bool MayHoldDeleted { get; init; }

    /// <summary>Whether nothing was lost.</summary>
    public bool IsWhole => Losses.Count == 0;
}

/// <summary>Something that a repair could not read.</summary>
/// <param name="File">The name of the file in the damaged directory.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Bytes">How much of the file it is; 0 when nobody knows.</param>
/// <param name="Entries">How many entries were in it; null when nobody knows.</param>
/// <param name="What">What is wrong with it.</param>
public sealed record RepairLoss(string File, long Offset, long Bytes, long? Entries, string What);

/// <summary>What a repair is told that the damaged directory may not say.</summary>
public sealed record RepairOptions
{
    /// <summary>The stripes of the store, where its identity is lost; null takes what can be found.</summary>
    public int? StripeCount { get; init; }

    /// <summary>
    /// The stripes that the new store claims where records of the manifest are lost; null claims all if no claims are left in it.
    /// </summary>
    public IReadOnlyCollection<int>? OwnedStripes { get; init; }

    /// <summary>Tells the stripe of a table file that no manifest names by its first and last key; null leaves such files out.</summary>
    public TableStripe? StripeOf { get; init; }
}

/// <summary>Tells the stripe that holds these keys, or -1 if they do not say.</summary>
/// <param name="firstKey">The first key of the file.</param>
/// <param name="lastKey">The last key of the file.</param>
/// <param name="stripeCount">The stripes of the store.</param>
/// <param name="lowestOwned">The lowest stripe that the disk owned, as far as that is known; else 0.</param>
public delegate int TableStripe(ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> lastKey, int stripeCount, int lowestOwned);

/// <summary>How far a repair is.</summary>
/// <param name="Stripes">Stripes done.</param>
/// <param name="StripeCount">Stripes that there are to do.</param>
/// <param name="Entries">Entries kept so far.</param>
public readonly record struct RepairProgress(int Stripes, int StripeCount, long Entries);
