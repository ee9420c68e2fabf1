namespace Keystone.Benchmarks.Data;

/// <summary>The order in which the ids 0 to N-1 are written. Made before the clock starts; the same for every engine.</summary>
internal static class RecordOrder
{
    public static int[] Ascending(int records)
    {
        int[] ids = new int[records];
        for (int i = 0; i < records; i++)
        {
            ids[i] = i;
        }

        return ids;
    }

    /// <summary>A permutation: every id once.</summary>
    public static int[] Shuffled(int records, ulong seed)
    {
        int[] ids = Ascending(records);
        var random = new IdSource(seed);
        for (int i = records - 1; i > 0; i--)
        {
            int other = random.Below(i + 1);
            (ids[i], ids[other]) = (ids[other], ids[i]);
        }

        return ids;
    }
}
