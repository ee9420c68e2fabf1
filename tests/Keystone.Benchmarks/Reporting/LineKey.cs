namespace Keystone.Benchmarks.Reporting;

/// <summary>What makes two figures comparable: they stand in one line.</summary>
internal readonly record struct LineKey(string Workload, int ValueBytes, int Threads, string Variant, string Unit);
