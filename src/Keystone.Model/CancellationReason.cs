using Keystone.Model.Items;

namespace Keystone.Model;

/// <summary>Why one item of a transaction did not let it happen, or that it would have.</summary>
/// <param name="Code">What was wrong; null if nothing was.</param>
/// <param name="Message">The same in words; null if nothing was.</param>
public sealed record CancellationReason(KeystoneErrorCode? Code, string? Message)
{
    /// <summary>An item that would have let the transaction happen.</summary>
    public static CancellationReason None { get; } = new(null, null);

    /// <summary>With a condition that did not hold, the item as it is, if that was asked for and it exists.</summary>
    public EncodedItem? Item { get; init; }

    /// <summary>The code as DynamoDB names it.</summary>
    public string Name => Code switch
    {
        null => "None",
        KeystoneErrorCode.ConditionalCheckFailed => "ConditionalCheckFailed",
        KeystoneErrorCode.DuplicateItem => "DuplicateItem",
        KeystoneErrorCode.TransactionConflict => "TransactionConflict",
        KeystoneErrorCode.Throttled or KeystoneErrorCode.Overloaded => "ThrottlingError",
        _ => "ValidationError",
    };
}
