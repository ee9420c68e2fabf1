using Keystone.Benchmarks.Measuring;

namespace Keystone.Benchmarks.Running;

/// <summary>What a measuring process says.</summary>
/// <param name="Figures">All that it measured; empty when it was skipped.</param>
/// <param name="Skipped">Why the engine cannot run this workload, or null when it did.</param>
internal sealed record MeasureAnswer(List<Measurement> Figures, string? Skipped);
