namespace Keystone.Benchmarks.Running;

/// <summary>What a run of the engine benchmark was asked to do.</summary>
internal sealed record EnginePlan
{
    /// <summary>Names in the catalog, the own engine first when it is there.</summary>
    public required IReadOnlyList<string> Engines { get; init; }

    public required IReadOnlyList<string> Workloads { get; init; }

    public required IReadOnlyList<int> Values { get; init; }

    public required int Records { get; init; }

    public required int Rounds { get; init; }

    /// <summary>Length of a timed loop.</summary>
    public required double ReadSeconds { get; init; }

    /// <summary>Length of the loop before it, whose figures are thrown away.</summary>
    public required double WarmSeconds { get; init; }

    /// <summary>Where stores and scratch files lie, on the disk that is to be measured.</summary>
    public required string Directory { get; init; }
}
