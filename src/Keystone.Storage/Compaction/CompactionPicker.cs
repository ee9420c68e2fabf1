using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Chooses the next compaction of a stripe: a pure function of its files, drop marks and the oldest snapshot.
/// <para>
/// Level sizes are set from the last level upward: the deepest level may hold what it holds, each one above it a tenth of the one
/// below, and levels whose share would fall below a minimum are not used. So level 0 is merged straight into the first level in use,
/// and a small stripe has one sorted level, the last.
/// </para>
/// </summary>
internal static class CompactionPicker
{
    private const int LastLevel = StripeFiles.LevelCount - 1;

    /// <summary>How urgent the stripe is; below 1 there is nothing to do.</summary>
    public static double Score(StripeFiles files, DropMark[] drops, ulong oldestSnapshot, CompactionOptions options)
    {
        double score = files.Levels[0].Length / (double)options.Level0FilesMax;
        Span<long> limits = stackalloc long[StripeFiles.LevelCount];
        SetLimits(limits, files, options);
        for (int level = 1; level < LastLevel; level++)
        {
            score = Math.Max(score, Ratio(Bytes(files.Levels[level]), limits[level]));
        }

        foreach (DropMark mark in drops)
        {
            if (mark.Sequence <= oldestSnapshot && FirstDropped(files, mark) is not null)
            {
                return Math.Max(score, 1);
            }
        }

        return score;
    }

    /// <summary>The most urgent compaction, or null when there is nothing to do.</summary>
    public static CompactionPlan? Pick(StripeFiles files, DropMark[] drops, ulong oldestSnapshot, CompactionOptions options)
    {
        Span<long> limits = stackalloc long[StripeFiles.LevelCount];
        SetLimits(limits, files, options);
        int worst = -1;
        double worstRatio = 1;
        for (int level = 1; level < LastLevel; level++)
        {
            double ratio = Ratio(Bytes(files.Levels[level]), limits[level]);
            if (ratio > worstRatio)
            {
                worst = level;
                worstRatio = ratio;
            }
        }

        double level0 = files.Levels[0].Length / (double)options.Level0FilesMax;
        if (level0 >= 1 && level0 >= worstRatio)
        {
            return PlanLevel0(files, limits, options);
        }

        return worst >= 0 ? PlanLevel(files, worst, limits, options) : PlanDrop(files, drops, oldestSnapshot, limits, options);
    }

    /// <summary>
    /// A plan that merges what was flushed up to a sequence into the last level. Null when it is there already. What was flushed later
    /// may go along, but asks for nothing: flushes could go on for ever. The marks are those up to the same sequence.
    /// </summary>
    public static CompactionPlan? PickAll(
        StripeFiles files, ulong through, DropMark[] drops, ulong oldestSnapshot, CompactionOptions options)
    {
        Span<long> limits = stackalloc long[StripeFiles.LevelCount];
        SetLimits(limits, files, options);
        if (Array.Exists(files.Levels[0], f => f.Meta.FirstSequence <= through))
        {
            return PlanLevel0(files, limits, options);
        }

        for (int level = 1; level < LastLevel; level++)
        {
            if (files.Levels[level].Length > 0)
            {
                return Plan(level, files.Levels[level], level + 1, files, limits, options);
            }
        }

        return PlanDrop(files, drops, oldestSnapshot, limits, options);
    }

    /// <summary>Level 0 holds what is newest, so it may not pass a level that holds something.</summary>
    private static CompactionPlan PlanLevel0(StripeFiles files, ReadOnlySpan<long> limits, CompactionOptions options)
    {
        int target = 1;
        while (limits[target] == 0 && files.Levels[target].Length == 0)
        {
            target++;
        }

        return Plan(0, files.Levels[0], target, files, limits, options);
    }

    /// <summary>Takes the file that drags the fewest bytes of the next level along for its own size.</summary>
    private static CompactionPlan PlanLevel(StripeFiles files, int level, ReadOnlySpan<long> limits, CompactionOptions options)
    {
        LiveFile best = files.Levels[level]
            .OrderBy(file => Bytes(Overlapping(files.Levels[level + 1], [file])) / (double)file.Meta.FileBytes)
            .ThenBy(file => file.Meta.FileNumber)
            .First();
        return Plan(level, [best], level + 1, files, limits, options);
    }

    /// <summary>
    /// Rewrites a file that may hold something a drop mark covers. A mark above a snapshot has to wait: somebody may still look.
    /// </summary>
    private static CompactionPlan? PlanDrop(
        StripeFiles files, DropMark[] drops, ulong oldestSnapshot, ReadOnlySpan<long> limits, CompactionOptions options)
    {
        foreach (DropMark mark in drops)
        {
            if (mark.Sequence <= oldestSnapshot && FirstDropped(files, mark) is (int level, LiveFile file))
            {
                return level == 0
                    ? PlanLevel0(files, limits, options)
                    : new CompactionPlan(level, [file], level, [], FileBytesTarget(level, limits, options));
            }
        }

        return null;
    }

    private static CompactionPlan Plan(
        int level, LiveFile[] inputs, int target, StripeFiles files, ReadOnlySpan<long> limits, CompactionOptions options)
        => new(level, inputs, target, Overlapping(files.Levels[target], inputs), FileBytesTarget(target, limits, options));

    private static (int Level, LiveFile File)? FirstDropped(StripeFiles files, DropMark mark)
    {
        for (int level = 0; level < files.Levels.Length; level++)
        {
            foreach (LiveFile file in files.Levels[level])
            {
                if (file.Record.MayHold(mark))
                {
                    return (level, file);
                }
            }
        }

        return null;
    }

    /// <summary>What each level may hold; 0 for levels that are not in use. The last level has no limit.</summary>
    private static void SetLimits(Span<long> limits, StripeFiles files, CompactionOptions options)
    {
        limits[LastLevel] = long.MaxValue;
        long limit = Bytes(files.Levels[LastLevel]) / options.LevelFactor;
        for (int level = LastLevel - 1; level >= 1; level--, limit /= options.LevelFactor)
        {
            bool isUsed = limit >= options.LevelBytesMin;
            limits[level] = isUsed ? limit : 0;
        }
    }

    /// <summary>How far a level is over its limit. A level that is not in use any more but holds files is to be emptied.</summary>
    private static double Ratio(long bytes, long limit) => limit > 0 ? bytes / (double)limit : bytes > 0 ? 2 : 0;

    private static long FileBytesTarget(int level, ReadOnlySpan<long> limits, CompactionOptions options)
    {
        int first = 1 + limits[1..].IndexOfAnyExcept(0);
        return Math.Min(options.FileBytesMax, options.FileBytesFirst << Math.Clamp(level - first, 0, 8));
    }

    private static long Bytes(LiveFile[] files)
    {
        long bytes = 0;
        foreach (LiveFile file in files)
        {
            bytes += file.Meta.FileBytes;
        }

        return bytes;
    }

    private static LiveFile[] Overlapping(LiveFile[] level, LiveFile[] inputs)
    {
        if (inputs.Length == 0)
        {
            return [];
        }

        byte[] first = inputs.Select(f => f.Meta.FirstKey).Aggregate((a, b) => a.AsSpan().SequenceCompareTo(b) <= 0 ? a : b);
        byte[] last = inputs.Select(f => f.Meta.LastKey).Aggregate((a, b) => a.AsSpan().SequenceCompareTo(b) >= 0 ? a : b);
        return Array.FindAll(
            level, f => first.AsSpan().SequenceCompareTo(f.Meta.LastKey) <= 0 && last.AsSpan().SequenceCompareTo(f.Meta.FirstKey) >= 0);
    }
}
