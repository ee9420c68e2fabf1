namespace Keystone.Benchmarks.Measuring;

/// <summary>
/// One figure of one engine in one round. Rounds and engines of the same line share workload, value size, threads and variant.
/// </summary>
/// <param name="Workload">The workload's name as it is printed.</param>
/// <param name="ValueBytes">Length of every value.</param>
/// <param name="Threads">Callers at once: threads, or for durable puts how many are in flight.</param>
/// <param name="Variant">What sets this line apart from others of the workload, as <c>name=value</c>; empty for the plain one.</param>
/// <param name="Rate">What is compared: operations a second, unless the unit says otherwise.</param>
internal sealed record Measurement(string Workload, int ValueBytes, int Threads, string Variant, double Rate)
{
    /// <summary>The unit of nearly all lines, and the only one in which more is better.</summary>
    public const string RateUnit = "ops/s";

    /// <summary>The unit of <see cref="Rate"/>.</summary>
    public string Unit { get; init; } = RateUnit;

    /// <summary>Further figures by name: p50 and p99 in microseconds, seconds, megabytes.</summary>
    public SortedDictionary<string, double> Extra { get; init; } = new(StringComparer.Ordinal);
}
