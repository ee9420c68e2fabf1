namespace Keystone.Simulation.Seal;

/// <summary>A promise of encryption that was not kept.</summary>
internal sealed class SealFailure(string message) : Exception(message);
