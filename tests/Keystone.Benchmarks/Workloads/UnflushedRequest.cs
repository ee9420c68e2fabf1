namespace Keystone.Benchmarks.Workloads;

/// <summary>What a process that is to be killed writes first. It creates the ready file after its last acknowledgement.</summary>
internal sealed record UnflushedRequest(string Engine, string Directory, int ValueBytes, int Records, string ReadyFile);
