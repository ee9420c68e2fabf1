using Keystone.Simulation.Running;
using Keystone.Testing;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Rot;

/// <summary>
/// Bytes that were written once, and now stand where they do not belong: two blocks or groups of one size, two sectors or two pages have
/// changed places, within a file or between two; or a sector or page is what it was at an earlier moment, as after a write that never
/// reached the disk. Every byte of it is one that the store has written, with a checksum that was right at its place and time.
/// </summary>
internal sealed class SwapSuite : ISuite
{
    /// <summary>Swaps of one store.</summary>
    private const int CountPerCase = 250;

    private const string Blocks = "blocks";

    private const string Stale = "stale";

    private static readonly Dictionary<string, int> Units = new()
    {
        ["sectors"] = 512,
        ["pages"] = 4096,
        [$"{Stale} sectors"] = 512,
        [$"{Stale} pages"] = 4096,
    };

    public string Name => "swaps";

    public string Unit => "swaps";

    public IReadOnlyList<string> Cases { get; } = [Blocks, .. Units.Keys];

    public IReadOnlyList<string> RequiredKinds { get; } = [Blocks, .. Units.Keys];

    public void Run(string name, int seed, Tally tally)
    {
        RotStore store = new(seed, isClosed: seed % 2 == 0);
        Dice dice = new(seed, name.Length);
        IEnumerable<Swap> swaps = name == Blocks ? BlockSwaps(store, dice)
            : name.StartsWith(Stale, StringComparison.Ordinal) ? StaleSwaps(store, Units[name], dice)
            : UnitSwaps(store, Units[name], dice);
        foreach (Swap swap in swaps.Take(CountPerCase))
        {
            if (!tally.WantsMore)
            {
                return;
            }

            Try(store, swap, name, tally);
        }
    }

    private static void Try(RotStore store, Swap swap, string name, Tally tally)
    {
        try
        {
            SimulatedFileSystem damaged = store.Left.Clone();
            HashSet<LiveRange> touched = [];
            foreach (Put put in swap.Puts)
            {
                damaged.Damage(put.Path, put.Offset, put.Bytes);
                touched.UnionWith(Touched(store, put));
            }

            RotOutcome outcome = RotCheck.Of(store, damaged, store.KindOf(touched), [.. swap.Puts.Select(p => p.Path)]);
            tally.Add(name);
            tally.Note(outcome.ToString());
        }
        catch (Exception failure)
        {
            string places = string.Join(" and ", swap.Puts.Select(p => $"{p.Bytes.Length} bytes of {p.Path} at {p.Offset}"));
            throw new InvalidOperationException($"{places}: {failure.Message}", failure);
        }
    }

    /// <summary>What has bytes that are others than before.</summary>
    private static IEnumerable<LiveRange> Touched(RotStore store, Put put)
    {
        byte[] before = store.Left.ReadAll(put.Path);
        return Enumerable.Range(0, put.Bytes.Length)
            .Where(i => before[put.Offset + i] != put.Bytes[i])
            .SelectMany(i => store.Touched(put.Path, put.Offset + i));
    }

    /// <summary>Blocks and groups of one size.</summary>
    private static IEnumerable<Swap> BlockSwaps(RotStore store, Dice dice)
    {
        List<(string Path, long Offset, int Bytes)>[] sizes =
            [.. store.Blocks().GroupBy(b => b.Bytes).Where(g => g.Count() > 1).Select(g => g.ToList())];
        List<((string Path, long Offset, int Bytes) A, (string Path, long Offset, int Bytes) B)> pairs = [];
        foreach (List<(string Path, long Offset, int Bytes)> size in sizes)
        {
            for (int a = 0; a < size.Count; a++)
            {
                for (int b = a + 1; b < size.Count; b++)
                {
                    pairs.Add((size[a], size[b]));
                }
            }
        }

        for (; pairs.Count > 0; pairs.RemoveAt(pairs.Count - 1))
        {
            int at = dice.Below(pairs.Count);
            (pairs[at], pairs[^1]) = (pairs[^1], pairs[at]);
            if (Exchange(store, pairs[^1].A.Path, pairs[^1].A.Offset, pairs[^1].B.Path, pairs[^1].B.Offset, pairs[^1].A.Bytes) is { } swap)
            {
                yield return swap;
            }
        }
    }

    /// <summary>Sectors or pages at any two places.</summary>
    private static IEnumerable<Swap> UnitSwaps(RotStore store, int unit, Dice dice)
    {
        List<(string Path, long Offset)> places = Places(store.Left, unit);
        for (int tries = 0; tries < CountPerCase * 4; tries++)
        {
            (string Path, long Offset) a = places[dice.Below(places.Count)];
            (string Path, long Offset) b = places[dice.Below(places.Count)];
            if (Exchange(store, a.Path, a.Offset, b.Path, b.Offset, unit) is { } swap)
            {
                yield return swap;
            }
        }
    }

    /// <summary>Sectors or pages as they were at an earlier moment of the same file.</summary>
    private static IEnumerable<Swap> StaleSwaps(RotStore store, int unit, Dice dice)
    {
        foreach (SimulatedFileSystem older in store.Older.OrderBy(_ => dice.Next()))
        {
            foreach ((string path, long offset) in Places(older, unit).OrderBy(_ => dice.Next()))
            {
                byte[] old = older.ReadAll(path);
                byte[] now = store.Left.Files().Contains(path) ? store.Left.ReadAll(path) : [];
                if (offset + unit <= now.Length && !now.AsSpan((int)offset, unit).SequenceEqual(old.AsSpan((int)offset, unit)))
                {
                    yield return new Swap([new Put(path, offset, old[(int)offset..((int)offset + unit)])]);
                }
            }
        }
    }

    private static List<(string Path, long Offset)> Places(SimulatedFileSystem disk, int unit)
        => [.. disk.Files().SelectMany(path => Enumerable.Range(0, disk.ReadAll(path).Length / unit).Select(i => (path, (long)i * unit)))];

    /// <summary>Null when both hold the same.</summary>
    private static Swap? Exchange(RotStore store, string pathA, long offsetA, string pathB, long offsetB, int bytes)
    {
        byte[] a = store.Left.ReadAll(pathA)[(int)offsetA..(int)(offsetA + bytes)];
        byte[] b = store.Left.ReadAll(pathB)[(int)offsetB..(int)(offsetB + bytes)];
        return a.AsSpan().SequenceEqual(b) ? null : new Swap([new Put(pathA, offsetA, b), new Put(pathB, offsetB, a)]);
    }

    private sealed record Put(string Path, long Offset, byte[] Bytes);

    private sealed record Swap(IReadOnlyList<Put> Puts);
}
