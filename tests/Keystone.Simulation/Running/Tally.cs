namespace Keystone.Simulation.Running;

/// <summary>What one case has tried so far. Owned by the thread that runs it; the run reads it when the case is over.</summary>
internal sealed class Tally(SuiteRun? run = null)
{
    private readonly Dictionary<string, long> _kinds = [];
    private readonly Dictionary<string, long> _notes = [];

    /// <summary>What counts against the minimum, by kind.</summary>
    public IReadOnlyDictionary<string, long> Kinds => _kinds;

    /// <summary>What is worth knowing besides.</summary>
    public IReadOnlyDictionary<string, long> Notes => _notes;

    public long Count { get; private set; }

    /// <summary>Whether a long case should go on. A case that is replayed always does.</summary>
    public bool WantsMore => run?.WantsMore(Count) ?? true;

    /// <summary>More of this kind.</summary>
    public void Add(string kind, long count = 1)
    {
        Count += count;
        _kinds[kind] = _kinds.GetValueOrDefault(kind) + count;
    }

    /// <summary>Something that is reported and not counted.</summary>
    public void Note(string what, long count = 1) => _notes[what] = _notes.GetValueOrDefault(what) + count;
}
