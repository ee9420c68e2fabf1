using System.IO.Enumeration;
using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>
/// What is to go wrong, in which calls. The first fault that strikes a call has it alone, but every fault counts every call
/// that it matches. The same seed and the same calls give the same faults. Any thread may call.
/// </summary>
public sealed class FaultScript
{
    private readonly Lock _gate = new();
    private readonly List<Line> _lines = [];
    private Dice _dice;

    /// <summary>Makes a script of these faults.</summary>
    public FaultScript(int seed, params ReadOnlySpan<Fault> faults)
    {
        _dice = new Dice(seed, thing: 1);
        foreach (Fault fault in faults)
        {
            Add(fault);
        }
    }

    /// <summary>Faults that have struck so far.</summary>
    public long Strikes { get; private set; }

    /// <summary>Adds a fault, which counts calls from now on.</summary>
    public void Add(Fault fault)
    {
        bool isPossible = fault.Kind switch
        {
            FaultKind.Short or FaultKind.FlipBit or FaultKind.Misdirect => fault.Call is FileCall.Read or FileCall.Write,
            FaultKind.LostSync => fault.Call is FileCall.Sync or FileCall.SyncDirectory,
            _ => true,
        };
        if (!isPossible)
        {
            throw new ArgumentException($"{fault.Kind} cannot happen to {fault.Call}.", nameof(fault));
        }

        lock (_gate)
        {
            _lines.Add(new Line(fault));
        }
    }

    /// <summary>Whether some fault would count this call.</summary>
    public bool Concerns(FileCall call, string path)
    {
        lock (_gate)
        {
            return _lines.Exists(line => line.Matches(call, path));
        }
    }

    /// <summary>Takes all faults out: the disk is well again.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _lines.Clear();
        }
    }

    /// <summary>A number below the bound for the details of a fault: which bit, how short.</summary>
    internal int Below(int bound)
    {
        lock (_gate)
        {
            return _dice.Below(bound);
        }
    }

    /// <summary>The fault that strikes this call, or null.</summary>
    internal Fault? Draw(FileCall call, string path)
    {
        lock (_gate)
        {
            Fault? striking = null;
            foreach (Line line in _lines)
            {
                if (line.Matches(call, path) && line.MayStrike() && striking is null && _dice.Chance(line.Fault.Probability))
                {
                    striking = line.Fault;
                    line.Strikes++;
                    Strikes++;
                }
            }

            return striking;
        }
    }

    private sealed class Line(Fault fault)
    {
        private long _calls;

        public Fault Fault { get; } = fault;

        public long Strikes { get; set; }

        public bool Matches(FileCall call, string path)
            => Fault.Call == call && FileSystemName.MatchesSimpleExpression(Fault.Path, path, ignoreCase: false);

        public bool MayStrike() => ++_calls >= Fault.From && Strikes < Fault.TimesMax;
    }
}
