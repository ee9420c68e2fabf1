namespace Keystone.Testing.Audit;

/// <summary>A rule of order that a trace breaks, or a trace that does not tell whether it does.</summary>
public sealed class AuditFailure(string message) : Exception(message)
{
    internal static void Require(bool holds, TracedCall call, string what)
    {
        if (!holds)
        {
            throw new AuditFailure($"line {call.BeginLine}: {call}: {what}");
        }
    }
}
