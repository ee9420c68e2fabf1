namespace Keystone.Simulation.Kill;

/// <summary>A promise of the engine that did not hold after a kill.</summary>
internal sealed class KillFailure(string message) : Exception(message)
{
    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new KillFailure(what);
        }
    }
}
