namespace Keystone.Tests.Architecture;

/// <summary>The ranks of the engine's folders: a folder uses folders of lower rank only.</summary>
internal static class EngineRanks
{
    /// <summary>What the engine may not call by itself: it gets files, time, chance and threads handed in.</summary>
    public static readonly string[] BannedCalls =
    [
        "System.IO.File.", "System.IO.Directory.", "System.IO.FileStream.", "System.IO.RandomAccess.",
        "System.DateTime.get_", "System.DateTimeOffset.get_", "System.Diagnostics.Stopwatch.", "System.Environment.get_TickCount",
        "System.Random.", "System.Guid.NewGuid", "System.Security.Cryptography.RandomNumberGenerator.",
        "System.Threading.Thread..ctor", "System.Threading.Tasks.Task.Run", "System.Threading.ThreadPool.", "System.Threading.Timer..ctor",
        "System.Threading.Thread.Sleep", "System.Threading.Tasks.Task.Delay",
    ];

    /// <summary>The default of an option: ids come from the system's random numbers unless the caller says otherwise.</summary>
    public static readonly HashSet<string> ExemptCallers = ["Keystone.Storage.StoreOptions"];

    private static readonly Dictionary<string, int> Folders = new()
    {
        ["Files"] = 0,
        ["Jobs"] = 0,
        ["Buffers"] = 0,
        ["Encryption"] = 1,
        ["Entries"] = 1,
        ["InMemory"] = 1,
        ["Log"] = 2,
        ["Memory"] = 2,
        ["Sst"] = 2,
        ["Versions"] = 3,
        ["Reading"] = 4,
        ["Commit"] = 4,
        ["Compaction"] = 5,
        ["Recovery"] = 5,
        ["Checkpoints"] = 5,
        ["Repair"] = 6,
    };

    /// <summary>
    /// Types of the public door that folders below it use: words without behavior, and the batch, which belongs to the commit.
    /// </summary>
    private static readonly Dictionary<string, int> Words = new()
    {
        ["StoreException"] = -1,
        ["StoreErrorCode"] = -1,
        ["StoreEventKind"] = -1,
        ["Invariant"] = -1,
        ["StoreLimits"] = -1,
        ["WriteDurability"] = -1,
        ["WriteStatus"] = -1,
        ["WriteResult"] = -1,
        ["StripeClaim"] = -1,
        ["CheckpointResult"] = -1,
        ["CheckpointProgress"] = -1,
        ["RepairResult"] = -1,
        ["RepairLoss"] = -1,
        ["RepairOptions"] = -1,
        ["RepairProgress"] = -1,
        ["TableStripe"] = -1,
        ["WriteBatch"] = 3,
    };

    public static int RankOf(Type type)
    {
        Type outermost = TypeUses.Outermost(type);
        string rest = (outermost.Namespace ?? "")["Keystone.Storage".Length..].TrimStart('.');
        if (rest.Length == 0)
        {
            return Words.GetValueOrDefault(outermost.Name, 7);
        }

        return Folders.TryGetValue(rest.Split('.')[0], out int rank)
            ? rank
            : throw new InvalidOperationException($"The folder {rest} has no rank. Give it one here and in src/README.md.");
    }
}
