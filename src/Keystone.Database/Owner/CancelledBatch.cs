using Keystone.Model;

namespace Keystone.Database.Owner;

/// <summary>How a batch of writes ends when it was cancelled before all of it was done.</summary>
public static class CancelledBatch
{
    /// <summary>
    /// The cancellation itself when surely nothing was written, otherwise <see cref="KeystoneErrorCode.OutcomeUnknown"/>: some of it has
    /// happened, or may have.
    /// </summary>
    /// <param name="cancelled">What the cancelled part ended with. It wrote nothing.</param>
    /// <param name="ended">How the writes ended that were not cancelled.</param>
    public static Exception ToException(OperationCanceledException cancelled, IReadOnlyCollection<StripeOutcome<StripeWriteResult>> ended)
    {
        ArgumentNullException.ThrowIfNull(ended);
        int happened = ended.Count(outcome => outcome.Failure is null or { Code: KeystoneErrorCode.OutcomeUnknown });
        return happened == 0
            ? cancelled
            : new KeystoneException(
                KeystoneErrorCode.OutcomeUnknown,
                $"The batch was cancelled when {happened} of its writes had happened or were under way. Read what it should have written, "
                + "or write all of it again.",
                cancelled);
    }
}
