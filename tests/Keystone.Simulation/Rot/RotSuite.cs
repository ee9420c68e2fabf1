using Keystone.Simulation.Running;
using Keystone.Storage.Files;
using Keystone.Testing;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Rot;

/// <summary>
/// Flips a drawn bit of every byte of every file of a store, one after another. A byte that is known to have been durable is reported;
/// one above the last durable-through counts as torn; the others change no answer. A seed stands for a
/// store and for every eighth of its bytes, so that eight seeds in a row are a whole store.
/// </summary>
internal sealed class RotSuite : ISuite
{
    private const int Parts = 8;

    private const string Closed = "closed";

    public string Name => "rot";

    public string Unit => "flips";

    public IReadOnlyList<string> Cases { get; } = [Closed, "cut off"];

    public IReadOnlyList<string> RequiredKinds { get; } =
    [
        nameof(FileKind.Identity), nameof(FileKind.Current), nameof(FileKind.Manifest), nameof(FileKind.Segment), nameof(FileKind.Sst),
    ];

    public void Run(string name, int seed, Tally tally)
    {
        RotStore store = new(seed / Parts, isClosed: name == Closed);
        int part = seed % Parts;
        Dice dice = new(seed, thing: 1);
        foreach (string path in store.Left.Files())
        {
            int length = store.Left.ReadAll(path).Length;
            for (long offset = part; offset < length && tally.WantsMore; offset += Parts)
            {
                Flip(store, path, offset, dice.Below(8), tally);
            }
        }
    }

    private static void Flip(RotStore store, string path, long offset, int bit, Tally tally)
    {
        try
        {
            SimulatedFileSystem damaged = store.Left.Clone();
            damaged.FlipBit(path, offset, bit);
            LiveKind kind = store.KindOf([.. store.Touched(path, offset)]);
            RotOutcome outcome = RotCheck.Of(store, damaged, kind, path);
            tally.Add(FileNames.Parse(Path.GetFileName(path), out _).ToString());
            tally.Note(outcome.ToString());
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{path}, byte {offset}, bit {bit}: {failure.Message}", failure);
        }
    }
}
