using System.Diagnostics.CodeAnalysis;
using Keystone.Model.Items;

namespace Keystone.Model;

/// <summary>
/// The one exception of Keystone's public API. <see cref="Code"/> says what kind of failure it was; the message says what was wrong,
/// with what value, and what to do.
/// </summary>
public sealed class KeystoneException : Exception
{
    /// <summary>Makes an exception with a code and a message, and the failure beneath it if there was one.</summary>
    public KeystoneException(KeystoneErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>What kind of failure this is.</summary>
    public KeystoneErrorCode Code { get; }

    /// <summary>
    /// Whether the very same call may be sent again as it is: true only where it is certain that nothing was written and the cause
    /// passes by itself.
    /// </summary>
    public bool IsRetryable => Code is KeystoneErrorCode.Overloaded or KeystoneErrorCode.Throttled or KeystoneErrorCode.StripeUnavailable
        or KeystoneErrorCode.TransactionConflict;

    /// <summary>
    /// With <see cref="KeystoneErrorCode.ConditionalCheckFailed"/>: the item as it is, if the caller asked for it and it exists.
    /// </summary>
    public EncodedItem? CurrentItem { get; init; }

    /// <summary>
    /// With <see cref="KeystoneErrorCode.TransactionCanceled"/>: the reason of each item, in the order of the request; empty otherwise.
    /// </summary>
    public IReadOnlyList<CancellationReason> CancellationReasons { get; init; } = [];

    /// <summary>With <see cref="KeystoneErrorCode.StripeUnavailable"/>: the stripe that is not served.</summary>
    public int? Stripe { get; init; }

    /// <summary>With <see cref="KeystoneErrorCode.StripeUnavailable"/>: the node that owns the stripe, if it is known.</summary>
    public string? Node { get; init; }

    /// <summary>A request that breaks a rule.</summary>
    public static KeystoneException Validation(string message) => new(KeystoneErrorCode.ValidationFailed, message);

    /// <summary>
    /// Bytes that are no item, key or page. <paramref name="what"/> is a clause, such as "an offset lies beyond the end".
    /// </summary>
    public static KeystoneException CorruptItem(string what)
        => new(
            KeystoneErrorCode.CorruptItem,
            $"The encoded bytes are not valid: {what}. They are damaged, or were not written by this database.");

    /// <summary>A table that does not exist.</summary>
    public static KeystoneException TableNotFound(string table)
        => new(KeystoneErrorCode.ResourceNotFound, $"Requested resource not found: Table: {table} not found");

    /// <summary>A condition that did not hold.</summary>
    public static KeystoneException ConditionFailed(EncodedItem? current = null)
        => new(KeystoneErrorCode.ConditionalCheckFailed, "The conditional request failed") { CurrentItem = current };

    /// <summary>A transaction of which at least one item did not let it happen.</summary>
    public static KeystoneException TransactionCanceled(IReadOnlyList<CancellationReason> reasons)
    {
        ArgumentNullException.ThrowIfNull(reasons);
        string names = string.Join(", ", reasons.Select(reason => reason.Name));
        return new KeystoneException(
            KeystoneErrorCode.TransactionCanceled,
            $"Transaction cancelled, please refer cancellation reasons for specific reasons [{names}]")
        {
            CancellationReasons = reasons,
        };
    }

    [DoesNotReturn]
    internal static void ThrowCorruptItem(string what) => throw CorruptItem(what);
}
