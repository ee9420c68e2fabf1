using Keystone.Model.Expressions;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>The expressions of one read, checked and ready for any thread. <see cref="ReadExpressions"/> makes them.</summary>
/// <param name="Kind">Which read they are of.</param>
/// <param name="KeyCondition">Which keys are read, or null.</param>
/// <param name="Filter">Which of the items that are read are answered; null means all.</param>
/// <param name="Projection">Which attributes are answered; null means all.</param>
/// <param name="CountOnly">Whether only the count of the items is answered.</param>
public sealed record BoundReadExpressions(
    ReadKind Kind,
    KeyConditionExpression? KeyCondition,
    ConditionExpression? Filter,
    ProjectionExpression? Projection,
    bool CountOnly)
{
    /// <summary>
    /// Checks the expressions against the key of the table: nothing looks inside a key attribute, and the filter of a query is about others
    /// than those. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public void RequireKey(KeySchema key)
    {
        ArgumentNullException.ThrowIfNull(key);
        RequireKey(key.Sort is null ? [key.Partition.Name] : [key.Partition.Name, key.Sort.Name]);
    }

    /// <inheritdoc cref="RequireKey(KeySchema)"/>
    public void RequireKey(IndexDefinition index)
    {
        ArgumentNullException.ThrowIfNull(index);
        RequireKey([.. index.Keys.Select(attribute => attribute.Name)]);
    }

    private void RequireKey(string[] names)
    {
        Filter?.RequireScalars(names, "Key");
        Projection?.RequireScalars(names, "Key");
        if (Kind == ReadKind.Query && Array.Find(names, name => Filter?.Names(name) ?? false) is { } filtered)
        {
            throw KeystoneException.Validation(
                $"Filter Expression can only contain non-primary key attributes: Primary key attribute: {filtered}");
        }
    }
}
