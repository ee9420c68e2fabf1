using Grpc.Core;
using Keystone.Model;

namespace Keystone.Grpc;

/// <summary>
/// Errors as gRPC statuses: the one place where codes of the model meet codes of the wire. Trailers carry what a status cannot say, so
/// that a client of this library gets the same exception that an embedded caller gets.
/// </summary>
public static class WireStatus
{
    /// <summary>The trailer with the name of the <see cref="KeystoneErrorCode"/>.</summary>
    public const string CodeTrailer = "keystone-error";

    /// <summary>The trailer that is "true" where the very same call may be sent again.</summary>
    public const string RetryableTrailer = "keystone-retryable";

    /// <summary>The status code of an error.</summary>
    public static StatusCode CodeOf(KeystoneErrorCode code) => code switch
    {
        KeystoneErrorCode.ValidationFailed or KeystoneErrorCode.IdempotentParameterMismatch => StatusCode.InvalidArgument,
        KeystoneErrorCode.ConditionalCheckFailed => StatusCode.FailedPrecondition,
        KeystoneErrorCode.ResourceNotFound => StatusCode.NotFound,
        KeystoneErrorCode.ResourceInUse or KeystoneErrorCode.DuplicateItem => StatusCode.AlreadyExists,
        KeystoneErrorCode.LimitExceeded
            or KeystoneErrorCode.Overloaded
            or KeystoneErrorCode.Throttled
            or KeystoneErrorCode.DiskFull => StatusCode.ResourceExhausted,
        KeystoneErrorCode.TransactionConflict or KeystoneErrorCode.TransactionCanceled => StatusCode.Aborted,
        KeystoneErrorCode.TrimmedData => StatusCode.OutOfRange,
        KeystoneErrorCode.AccessDenied => StatusCode.PermissionDenied,
        KeystoneErrorCode.NotSupported => StatusCode.Unimplemented,
        KeystoneErrorCode.CorruptItem or KeystoneErrorCode.Corrupt => StatusCode.DataLoss,
        KeystoneErrorCode.StripeUnavailable or KeystoneErrorCode.Closed or KeystoneErrorCode.DatabaseLocked => StatusCode.Unavailable,
        // Not Unavailable: clients repeat that by themselves, and a write whose outcome is unknown must not be repeated blindly.
        KeystoneErrorCode.OutcomeUnknown => StatusCode.Unknown,
        KeystoneErrorCode.NotADatabase or KeystoneErrorCode.NewerFormat => StatusCode.FailedPrecondition,
        _ => StatusCode.Internal,
    };

    /// <summary>
    /// An error as the wire carries it. <paramref name="call"/> is the name of the rpc, which the text of a failed condition begins with.
    /// </summary>
    public static RpcException ToRpc(KeystoneException exception, string call)
    {
        ArgumentNullException.ThrowIfNull(exception);
        string text = exception.Code switch
        {
            KeystoneErrorCode.ConditionalCheckFailed => $"{call} condition failed",
            KeystoneErrorCode.TransactionCanceled => $"Transaction canceled: {exception.Message}",
            _ => exception.Message,
        };
        var trailers = new Metadata
        {
            { CodeTrailer, exception.Code.ToString() },
            { RetryableTrailer, exception.IsRetryable ? "true" : "false" },
        };
        return new RpcException(new Status(CodeOf(exception.Code), text, exception), trailers);
    }

    /// <summary>
    /// The exception that a client throws for a failed call: of the code that the server named, else of the one that the status means.
    /// </summary>
    public static KeystoneException ToModel(RpcException exception, bool isWrite)
    {
        ArgumentNullException.ThrowIfNull(exception);
        string? name = exception.Trailers.GetValue(CodeTrailer);
        return Enum.TryParse(name, out KeystoneErrorCode code) && Enum.IsDefined(code)
            ? new KeystoneException(code, exception.Status.Detail, exception)
            : new KeystoneException(Guess(exception.StatusCode, isWrite), exception.Status.Detail, exception);
    }

    /// <summary>Without the server's word a write may have happened; a read may only be tried again.</summary>
    private static KeystoneErrorCode Guess(StatusCode status, bool isWrite) => status switch
    {
        StatusCode.InvalidArgument => KeystoneErrorCode.ValidationFailed,
        StatusCode.NotFound => KeystoneErrorCode.ResourceNotFound,
        StatusCode.FailedPrecondition => KeystoneErrorCode.ConditionalCheckFailed,
        StatusCode.AlreadyExists => KeystoneErrorCode.ResourceInUse,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => KeystoneErrorCode.AccessDenied,
        StatusCode.Unimplemented => KeystoneErrorCode.NotSupported,
        StatusCode.DataLoss => KeystoneErrorCode.Corrupt,
        StatusCode.ResourceExhausted => KeystoneErrorCode.Overloaded,
        StatusCode.Aborted => KeystoneErrorCode.TransactionConflict,
        _ when isWrite => KeystoneErrorCode.OutcomeUnknown,
        StatusCode.Unavailable => KeystoneErrorCode.StripeUnavailable,
        _ => KeystoneErrorCode.Internal,
    };
}
