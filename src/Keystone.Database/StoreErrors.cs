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

    /// <summary>A write that was waiting when the store failed may be in the log or not; one that came later is not.</summary>
    public static KeystoneException MapWrite(StoreException failure, bool wasPoisoned, bool willReopen)
    {
        if (failure.Code != StoreErrorCode.Poisoned)
        {
            return Map(failure);
        }

        if (wasPoisoned)
        {
            return willReopen ? Reopening(failure) : Map(failure);
        }

        return new KeystoneException(
            KeystoneErrorCode.OutcomeUnknown,
            $"The write may have happened or not: the store failed while it was under way. {failure.Message}",
            failure);
    }

    /// <summary>A failure to open or make a store: here a file that is not there means that there is no store.</summary>
    public static KeystoneException MapOpening(string path, StoreException failure) => failure.Code switch
    {
        StoreErrorCode.NotFound => new KeystoneException(KeystoneErrorCode.NotADatabase, failure.Message, failure),
        StoreErrorCode.Locked => new KeystoneException(
            KeystoneErrorCode.DatabaseLocked,
            $"{path} is in use by another process, or is open in this one. Go through the server that has it, or stop it first.",
            failure),
        _ => Map(failure),
    };

    /// <summary>A failure to copy a store: here a file that is not there is the directory for the copy.</summary>
    public static KeystoneException MapCopy(StoreException failure) => failure.Code == StoreErrorCode.NotFound
        ? new KeystoneException(KeystoneErrorCode.Io, failure.Message, failure)
        : Map(failure);

    /// <summary>A stripe that takes no requests here.</summary>
    public static KeystoneException NotServing(StripeClaim claim)
        => new(
            KeystoneErrorCode.StripeUnavailable,
            $"Stripe {claim.Stripe} is not in service here{(claim.Epoch == 0 ? "" : $" under epoch {claim.Epoch}")}. "
            + "Try again; if it stays so, look whether its owner is up.")
        {
            Stripe = claim.Stripe,
        };

    /// <summary>The disk has failed and is being opened anew: the call has done nothing.</summary>
    public static KeystoneException Reopening(StoreException? failure = null)
        => new(
            KeystoneErrorCode.StripeUnavailable,
            $"The disk has failed and is being opened anew; nothing was written. Try again. {failure?.Message}".TrimEnd(),
            failure);

    /// <summary>The disk failed, was closed, and nobody opens it anew any more: no call will ever succeed.</summary>
    public static KeystoneException GivenUp(Exception? failure)
        => new(
            KeystoneErrorCode.Closed,
            $"The database is closed, after a failure of its disk. Mend the disk, then open it again. {failure?.Message}".TrimEnd(),
            failure);

    /// <summary>The database was closed before the call.</summary>
    public static KeystoneException Closed(bool willReopen)
        => willReopen ? Reopening() : new(KeystoneErrorCode.Closed, "The database is closed. Open it again.");

    private static KeystoneErrorCode CodeOf(StoreErrorCode code) => code switch
    {
        StoreErrorCode.Io or StoreErrorCode.TooManyOpenFiles => KeystoneErrorCode.Io,
        StoreErrorCode.DiskFull => KeystoneErrorCode.DiskFull,
        StoreErrorCode.Corrupt or StoreErrorCode.NotFound => KeystoneErrorCode.Corrupt,
        StoreErrorCode.Closed => KeystoneErrorCode.Closed,
        StoreErrorCode.Poisoned => KeystoneErrorCode.Poisoned,
        StoreErrorCode.Locked => KeystoneErrorCode.DatabaseLocked,
        StoreErrorCode.AlreadyExists => KeystoneErrorCode.ResourceInUse,
        StoreErrorCode.NewerFormat => KeystoneErrorCode.NewerFormat,
        StoreErrorCode.LimitExceeded => KeystoneErrorCode.ValidationFailed,
        StoreErrorCode.KeyMissing or StoreErrorCode.KeyWrong or StoreErrorCode.NotEncrypted => KeystoneErrorCode.AccessDenied,
        StoreErrorCode.KeyRingInvalid => KeystoneErrorCode.ValidationFailed,
        StoreErrorCode.NotServing => KeystoneErrorCode.StripeUnavailable,
        _ => KeystoneErrorCode.Internal,
    };
}
