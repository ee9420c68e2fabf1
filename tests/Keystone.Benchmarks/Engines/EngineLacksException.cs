namespace Keystone.Benchmarks.Engines;

/// <summary>
/// An engine cannot do what a workload needs: it has no such operation, or its library does not load here. The runner prints the
/// message as the reason why the engine was skipped; there is no figure.
/// </summary>
internal sealed class EngineLacksException : Exception
{
    public EngineLacksException(string message)
        : base(message)
    {
    }

    public EngineLacksException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
