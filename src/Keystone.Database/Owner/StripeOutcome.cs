using Keystone.Model;

namespace Keystone.Database.Owner;

/// <summary>How one of many operations ended: with a value or with a failure.</summary>
/// <param name="Value">What it answered. Counts only if there is no failure.</param>
/// <param name="Failure">Why there is no answer, or null.</param>
/// <typeparam name="T">What is answered.</typeparam>
public readonly record struct StripeOutcome<T>(T? Value, KeystoneException? Failure)
{
    /// <summary>Waits for an operation and keeps a failure of its own from its neighbours.</summary>
    internal static async ValueTask<StripeOutcome<T>> OfAsync(ValueTask<T> operation)
    {
        try
        {
            return new StripeOutcome<T>(await operation.ConfigureAwait(false), null);
        }
        catch (KeystoneException failure)
        {
            return new StripeOutcome<T>(default, failure);
        }
    }
}
