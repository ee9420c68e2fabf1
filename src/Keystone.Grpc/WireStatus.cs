using Grpc.Core;
using Keystone.Model;

namespace Keystone.Grpc;

/// <summary>
/// Errors as gRPC statuses: the one place where codes of the model meet codes of the wire. Trailers carry what a status cannot say, so
/// that a client of this library gets the same exception that an embedded caller gets.
/// </summary>
public static class WireStatus
{
    /// <summary>The trailer with the name of the <see cref="ErrorCode"/>.</summary>
    public const string CodeTrailer = "keystone-error";

    /// <summary>The trailer that is "true" where the very same call may be sent again.</summary>
    public const string RetryableTrailer = "keystone-retryable";

    /// <summary>The status code of an error.</summary>
    public static StatusCode CodeOf(ErrorCode code) => code switch
    {
        ErrorCode.ValidationFailed or ErrorCode.IdempotentParameterMismatch => StatusCode.InvalidArgument,
        ErrorCode.ConditionalCheckFailed => StatusCode.FailedPrecondition,
        ErrorCode.ResourceNotFound => StatusCode.NotFound,
        ErrorCode.ResourceInUse => StatusCode.AlreadyExists,
        ErrorCode.LimitExceeded or ErrorCode.Overloaded or ErrorCode.Throttled or ErrorCode.DiskFull => StatusCode.ResourceExhausted,
        ErrorCode.TransactionConflict or ErrorCode.TransactionCanceled => StatusCode.Aborted,
        ErrorCode.AccessDenied => StatusCode.PermissionDenied,
        ErrorCode.NotSupported => StatusCode.Unimplemented,
        ErrorCode.CorruptItem or ErrorCode.Corrupt => StatusCode.DataLoss,
        ErrorCode.StripeUnavailable or ErrorCode.Closed or ErrorCode.DatabaseLocked => StatusCode.Unavailable,
        // Not Unavailable: clients repeat that by themselves, and a write whose outcome is unknown must not be repeated blindly.
        ErrorCode.OutcomeUnknown => StatusCode.Unknown,
        ErrorCode.NotADatabase or ErrorCode.NewerFormat => StatusCode.FailedPrecondition,
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
            ErrorCode.ConditionalCheckFailed => $"{call} condition failed",
            ErrorCode.TransactionCanceled => $"Transaction canceled: {exception.Message}",
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
        return Enum.TryParse(name, out ErrorCode code) && Enum.IsDefined(code)
            ? new KeystoneException(code, exception.Status.Detail, exception)
            : new KeystoneException(Guess(exception.StatusCode, isWrite), exception.Status.Detail, exception);
    }

    /// <summary>Without the server's word a write may have happened; a read may only be tried again.</summary>
    private static ErrorCode Guess(StatusCode status, bool isWrite) => status switch
    {
        StatusCode.InvalidArgument => ErrorCode.ValidationFailed,
        StatusCode.NotFound => ErrorCode.ResourceNotFound,
        StatusCode.FailedPrecondition => ErrorCode.ConditionalCheckFailed,
        StatusCode.AlreadyExists => ErrorCode.ResourceInUse,
        StatusCode.PermissionDenied or StatusCode.Unauthenticated => ErrorCode.AccessDenied,
        StatusCode.Unimplemented => ErrorCode.NotSupported,
        StatusCode.DataLoss => ErrorCode.Corrupt,
        StatusCode.ResourceExhausted => ErrorCode.Overloaded,
        StatusCode.Aborted => ErrorCode.TransactionConflict,
        _ when isWrite => ErrorCode.OutcomeUnknown,
        StatusCode.Unavailable => ErrorCode.StripeUnavailable,
        _ => ErrorCode.Internal,
    };
}
