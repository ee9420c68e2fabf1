namespace Keystone.Simulation.Running;

/// <summary>
/// One row of the catalogue in <c>tests/README.md</c>: kinds of cases, each of which is run under one seed after another.
/// </summary>
internal interface ISuite
{
    /// <summary>The word that starts it from the command line.</summary>
    string Name { get; }

    /// <summary>What is counted against the minimum, in the plural.</summary>
    string Unit { get; }

    /// <summary>The kinds of cases.</summary>
    IReadOnlyList<string> Cases { get; }

    /// <summary>Of each of these kinds at least one has to be counted, or the run has proved nothing about it.</summary>
    IReadOnlyList<string> RequiredKinds { get; }

    /// <summary>How many cases may run at a time. A suite whose cases use threads of their own says one.</summary>
    int CasesAtATimeMax => int.MaxValue;

    /// <summary>
    /// Runs one case, which is drawn from its name and seed alone, and tells the tally what it tried. Throws when a promise is broken.
    /// Ends early where the tally wants no more.
    /// </summary>
    void Run(string name, int seed, Tally tally);
}
