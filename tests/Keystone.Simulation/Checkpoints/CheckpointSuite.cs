using Keystone.Simulation.Running;

namespace Keystone.Simulation.Checkpoints;

/// <summary>
/// Copies stores under load, a cycle for each seed, and crashes at every call on the disk while a copy is made. A fork of the disk holds
/// a whole copy or none; where there is none, the store that comes back is copied to the same place once more. The store itself keeps its
/// promises all the same.
/// </summary>
internal sealed class CheckpointSuite : ISuite
{
    private const string Copy = "copy";

    public string Name => "checkpoint";

    public string Unit => "copies";

    public IReadOnlyList<string> Cases { get; } = [Copy];

    public IReadOnlyList<string> RequiredKinds { get; } = [Copy];

    public void Run(string name, int seed, Tally tally)
    {
        new CheckpointForks(seed, tally).Run();
        tally.Add(Copy);
    }
}
