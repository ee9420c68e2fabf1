namespace Keystone.Simulation.Scripts;

/// <summary>What a run does, as weights of its operations. A weight of zero leaves an operation out.</summary>
/// <param name="Name">Names the script in reports.</param>
internal sealed record Script(string Name)
{
    public static readonly Script[] All =
    [
        new("synced puts") { Put = 10, SyncedShare = 1 },
        new("buffered puts and syncs") { Put = 10, Delete = 2, Sync = 1, SyncedShare = 0 },
        new("batches over stripes") { Batch = 10, SyncedShare = 0.5 },
        new("flush") { Put = 20, Batch = 3, Delete = 5, Flush = 2, SyncedShare = 0.3 },
        new("one stripe flushed under a buffered batch")
        {
            Batch = 10, Put = 4, FlushOne = 3, SyncedShare = 0, StripesMin = 2,
        },
        new("compaction") { Put = 20, Delete = 8, Flush = 3, Compact = 1, SyncedShare = 0.3 },
        new("manifest rolls") { Put = 4, Flush = 4, SyncedShare = 0.5, Operations = 90 },
        new("segments roll and are recycled") { Batch = 10, Flush = 0.3, SyncedShare = 0.5, ValueBytesMax = 700, Operations = 120 },
        new("range drops") { Put = 20, Drop = 3, Flush = 2, Compact = 1, SyncedShare = 0.3 },
        new("plans and refusals") { Put = 4, Plan = 10, Delete = 2, Flush = 0.5, SyncedShare = 0.6 },
        new("snapshots over flush and compaction")
        {
            Put = 15, Delete = 5, Snapshot = 3, Flush = 2, Compact = 1, Drop = 0.5, SyncedShare = 0.3,
        },
        new("close and open") { Put = 10, Batch = 3, Flush = 0.5, Reopen = 2, SyncedShare = 0.3, Operations = 40 },
        new("crashes and recoveries")
        {
            Put = 8, Batch = 6, Delete = 2, Flush = 0.5, Drop = 0.3, Crash = 2, SyncedShare = 0.3, InFlight = 6, Operations = 40,
        },
        new("many in flight") { Put = 20, Batch = 5, Delete = 3, Flush = 0.5, SyncedShare = 0.5, InFlight = 12 },
        new("everything")
        {
            Put = 20, Batch = 5, Delete = 5, Drop = 1, Plan = 3, Flush = 2, FlushOne = 1, Compact = 0.5, Sync = 1, Snapshot = 1,
            Reopen = 0.5, SyncedShare = 0.3, InFlight = 4,
        },
    ];

    public double Put { get; init; }

    public double Delete { get; init; }

    public double Batch { get; init; }

    public double Drop { get; init; }

    public double Plan { get; init; }

    public double Sync { get; init; }

    public double Flush { get; init; }

    public double FlushOne { get; init; }

    public double Compact { get; init; }

    public double Snapshot { get; init; }

    public double Reopen { get; init; }

    public double Crash { get; init; }

    /// <summary>How many of the writes ask to be synced.</summary>
    public double SyncedShare { get; init; }

    public int ValueBytesMax { get; init; } = 160;

    public int Operations { get; init; } = 70;

    /// <summary>Writes that are begun before the first of them is waited for.</summary>
    public int InFlight { get; init; } = 1;

    /// <summary>Some scripts mean nothing in a store of one stripe.</summary>
    public int StripesMin { get; init; } = 1;

    /// <summary>The script of this name.</summary>
    public static Script Named(string name) => Array.Find(All, script => script.Name == name)!;

    /// <summary>A script of its own for every seed: some operations are left out, the others are weighed anew.</summary>
    public static Script Swarm(int seed)
    {
        Random random = new(seed);
        double Weight(double most) => random.Next(5) < 2 ? 0 : most * random.NextDouble();
        return new Script("swarm")
        {
            Put = 1 + Weight(20),
            Delete = Weight(8),
            Batch = Weight(8),
            Drop = Weight(1),
            Plan = Weight(5),
            Sync = Weight(2),
            Flush = Weight(1),
            FlushOne = Weight(1),
            Compact = Weight(0.5),
            Snapshot = Weight(1),
            Reopen = Weight(0.3),
            SyncedShare = random.Next(4) * random.NextDouble() / 3,
            ValueBytesMax = random.Next(3) switch { 0 => 40, 1 => 160, _ => 700 },
            Operations = 50 + random.Next(451),
            InFlight = 1 + random.Next(12),
        };
    }

    /// <summary>Draws an operation by the weights.</summary>
    public string Draw(Random random)
    {
        (string Name, double Weight)[] weights =
        [
            (nameof(Put), Put), (nameof(Delete), Delete), (nameof(Batch), Batch), (nameof(Drop), Drop), (nameof(Plan), Plan),
            (nameof(Sync), Sync),
            (nameof(Flush), Flush), (nameof(FlushOne), FlushOne), (nameof(Compact), Compact), (nameof(Snapshot), Snapshot),
            (nameof(Reopen), Reopen), (nameof(Crash), Crash),
        ];
        double at = random.NextDouble() * weights.Sum(w => w.Weight);
        foreach ((string name, double weight) in weights)
        {
            at -= weight;
            if (at < 0)
            {
                return name;
            }
        }

        return weights.Last(w => w.Weight > 0).Name;
    }
}
