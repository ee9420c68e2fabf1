using Keystone.Model;
using Keystone.Orleans.Client.Errors;

namespace Keystone.Orleans.Client;

/// <summary>
/// Waits for the answer of a grain call and says what its absence means. A read that was not answered did nothing; a write that was not
/// answered has happened or has not. Whoever knows the stripe that was called, and its node, has them named.
/// </summary>
internal static class Sending
{
    public static async ValueTask<TAnswer> ReadAsync<TAnswer>(
        ValueTask<TAnswer> call, CancellationToken cancellationToken, int? stripe = null, string? node = null)
    {
        try
        {
            return cancellationToken.CanBeCanceled
                ? await call.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false)
                : await call.ConfigureAwait(false);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            throw ToError(lost, KeystoneErrorCode.StripeUnavailable, stripe, node);
        }
    }

    public static async ValueTask<TAnswer> WriteAsync<TAnswer>(
        ValueTask<TAnswer> call, CancellationToken cancellationToken, int? stripe = null, string? node = null)
    {
        try
        {
            return cancellationToken.CanBeCanceled
                ? await call.AsTask().WaitAsync(cancellationToken).ConfigureAwait(false)
                : await call.ConfigureAwait(false);
        }
        catch (OperationCanceledException cancelled)
        {
            throw new KeystoneException(
                KeystoneErrorCode.OutcomeUnknown,
                "The write was cancelled after it was sent. Read what is there, or repeat it with a condition.",
                cancelled);
        }
        catch (Exception lost) when (IsLoss(lost))
        {
            throw ToError(lost, KeystoneErrorCode.OutcomeUnknown, stripe, node);
        }
    }

    /// <summary>Whether the cluster failed, and not this program.</summary>
    private static bool IsLoss(Exception error)
        => error is OrleansException or TimeoutException or BrokenDocumentException or ObjectDisposedException;

    private static KeystoneException ToError(Exception lost, KeystoneErrorCode unanswered, int? stripe, string? node) => lost switch
    {
        StripeUnavailableException down => new KeystoneException(KeystoneErrorCode.StripeUnavailable, down.Message, down)
        {
            Stripe = down.Stripe,
            Node = down.Node,
        },
        GatewayTooBusyException or LimitExceededException => new KeystoneException(
            KeystoneErrorCode.Overloaded, $"The cluster took no more calls and did nothing: {lost.Message} Wait and try again.", lost),
        BrokenDocumentException => new KeystoneException(KeystoneErrorCode.Internal, lost.Message, lost),
        ObjectDisposedException => new KeystoneException(
            KeystoneErrorCode.Closed, "The Orleans client has been closed. Use one that is open.", lost),
        _ when unanswered == KeystoneErrorCode.OutcomeUnknown => new KeystoneException(
            unanswered, $"The write was sent and not answered: {lost.Message} Read what is there, or repeat it with a condition.", lost)
        {
            Stripe = stripe,
            Node = node,
        },
        _ => new KeystoneException(unanswered, $"The read was not answered: {lost.Message} Try again.", lost)
        {
            Stripe = stripe,
            Node = node,
        },
    };
}
