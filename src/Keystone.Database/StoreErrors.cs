using Keystone.Model;
using Keystone.Storage;

namespace Keystone.Database;

/// <summary>
/// The failures of the engine in the words of the database, in the one place where they are translated. Messages are kept: they name
/// file, offset and what to do.
/// </summary>
internal static class StoreErrors
{
    /// <summary>A failure of an open store.</summary>
    public static KeystoneException Map(StoreException failure) => new(CodeOf(failure.Code), failure.Message, failure);

    /// <summary>A failure to open or make a store: here a file that is not there means that there is no store.</summary>
    public static KeystoneException MapOpening(StoreException failure)
        => failure.Code == StoreErrorCode.NotFound ? new KeystoneException(ErrorCode.NotADatabase, failure.Message, failure) : Map(failure);

    /// <summary>A stripe that takes no requests here.</summary>
    public static KeystoneException NotServing(StripeClaim claim)
        => new(
            ErrorCode.StripeUnavailable,
            $"Stripe {claim.Stripe} is not in service here{(claim.Epoch == 0 ? "" : $" under epoch {claim.Epoch}")}. "
            + "Try again; if it stays so, look whether its owner is up.")
        {
            Stripe = claim.Stripe,
        };

    /// <summary>The database was closed before the call.</summary>
    public static KeystoneException Closed() => new(ErrorCode.Closed, "The database is closed. Open it again.");

    private static ErrorCode CodeOf(StoreErrorCode code) => code switch
    {
        StoreErrorCode.Io or StoreErrorCode.TooManyOpenFiles => ErrorCode.Io,
        StoreErrorCode.DiskFull => ErrorCode.DiskFull,
        StoreErrorCode.Corrupt or StoreErrorCode.NotFound => ErrorCode.Corrupt,
        StoreErrorCode.Closed => ErrorCode.Closed,
        StoreErrorCode.Poisoned => ErrorCode.Poisoned,
        StoreErrorCode.Locked => ErrorCode.DatabaseLocked,
        StoreErrorCode.AlreadyExists => ErrorCode.ResourceInUse,
        StoreErrorCode.NewerFormat => ErrorCode.NewerFormat,
        StoreErrorCode.LimitExceeded => ErrorCode.ValidationFailed,
        StoreErrorCode.NotServing => ErrorCode.StripeUnavailable,
        _ => ErrorCode.Internal,
    };
}
