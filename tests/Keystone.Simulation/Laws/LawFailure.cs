using System.Diagnostics.CodeAnalysis;

namespace Keystone.Simulation.Laws;

/// <summary>A law of the engine that did not hold.</summary>
internal sealed class LawFailure(string message) : Exception(message)
{
    /// <summary>Throws, unless the law holds.</summary>
    public static void Require([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
        {
            throw new LawFailure(what);
        }
    }
}
