using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>The rules that transactions of both kinds share.</summary>
public static class TransactionRule
{
    /// <summary>Checks the count of items. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static void RequireCount(int count, ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        if (count < 1 || count > limits.TransactionItemsMax)
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value of {count} items at 'transactItems' failed to satisfy constraint: "
                + (count < 1
                    ? "Member must have length greater than or equal to 1"
                    : $"Member must have length less than or equal to {limits.TransactionItemsMax}"));
        }
    }

    /// <summary>Checks that no item comes twice. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public static void RequireDifferent(IEnumerable<(string Table, ItemKey Key)> keys)
    {
        ArgumentNullException.ThrowIfNull(keys);
        HashSet<(string Table, ItemKey Key)> seen = [];
        foreach ((string Table, ItemKey Key) key in keys)
        {
            TableName.Require(key.Table);
            if (!seen.Add(key))
            {
                throw KeystoneException.Validation("Transaction request cannot include multiple operations on one item");
            }
        }
    }
}
