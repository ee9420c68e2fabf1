using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Model.Expressions;

/// <summary>
/// The key condition of a query with its values: the grammar and the types of its operands are checked; whether it is one of keys, and of
/// which, <see cref="ToKeys(KeySchema)"/> says. Made by <see cref="ExpressionScope"/>.
/// </summary>
public sealed class KeyConditionExpression
{
    private readonly Func<IReadOnlyDictionary<string, SortKeyCondition?>> _readTerms;

    /// <summary>Takes what reads the terms by attribute; a term that no key can be found by is null.</summary>
    internal KeyConditionExpression(Func<IReadOnlyDictionary<string, SortKeyCondition?>> readTerms) => _readTerms = readTerms;

    /// <summary>The keys of a table or an index with one partition key and perhaps one sort key that a query reads.</summary>
    public KeyConditionPlan ToKeys(KeySchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return ToKeys([schema.Partition], schema.Sort is null ? [] : [schema.Sort]);
    }

    /// <summary>
    /// The keys that a query reads. All partition attributes must be given by equality; of the sort attributes any number from the first
    /// on, all but the last of them by equality. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public KeyConditionPlan ToKeys(IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute> sort)
        => KeyConditionPlan.Of(_readTerms(), partition, sort);
}
