namespace Keystone.Simulation.Running;

/// <summary>A suite of one kind of case that counts one kind of thing.</summary>
/// <param name="name">The word that starts it from the command line.</param>
/// <param name="caseName">What one seed stands for.</param>
/// <param name="unit">What is counted, in the plural.</param>
/// <param name="run">Runs one seed and returns how much it did. What else is worth telling it notes in the tally.</param>
internal sealed class SeedSuite(string name, string caseName, string unit, Func<int, Tally, long> run) : ISuite
{
    public string Name => name;

    public string Unit => unit;

    public IReadOnlyList<string> Cases { get; } = [caseName];

    public IReadOnlyList<string> RequiredKinds { get; } = [unit];

    public void Run(string name, int seed, Tally tally) => tally.Add(unit, run(seed, tally));
}
