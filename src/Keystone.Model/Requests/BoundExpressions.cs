using Keystone.Model.Expressions;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>The expressions of one write, checked and ready for any thread. <see cref="WriteExpressions"/> makes them.</summary>
/// <param name="Update">What is changed, or null.</param>
/// <param name="Condition">What must hold, or null.</param>
public sealed record BoundExpressions(UpdateExpression? Update, ConditionExpression? Condition)
{
    /// <summary>
    /// Checks the expressions against the key of the table: an update leaves it as it is, and nothing looks inside a key attribute. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public void RequireKey(KeySchema key)
    {
        ArgumentNullException.ThrowIfNull(key);
        string[] names = key.Sort is null ? [key.Partition.Name] : [key.Partition.Name, key.Sort.Name];
        Update?.RequireScalars(names, "Key");
        Condition?.RequireScalars(names, "Key");
        Update?.RequireNoChangeOf(names);
    }
}
