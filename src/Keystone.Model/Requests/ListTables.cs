using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>Asks for one page of the names of tables, in ordinal order.</summary>
public sealed record ListTablesRequest
{
    /// <summary>Where the page before ended: the page starts behind this name.</summary>
    public string? ExclusiveStartTableName { get; init; }

    /// <summary>The most names to answer; null means <see cref="ItemLimits.ListTablesMax"/>.</summary>
    public int? Limit { get; init; }

    /// <summary>Checks the request. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        PageLimit.Require(Limit);
        if (Limit > limits.ListTablesMax)
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value '{Limit}' at 'limit' failed to satisfy constraint: "
                + $"Member must have value less than or equal to {limits.ListTablesMax}");
        }

        if (ExclusiveStartTableName is not null)
        {
            TableName.Require(ExclusiveStartTableName);
        }
    }
}

/// <summary>One page of names.</summary>
/// <param name="TableNames">The names.</param>
/// <param name="LastEvaluatedTableName">Where to go on; null means that there is no more.</param>
public sealed record ListTablesResult(IReadOnlyList<string> TableNames, string? LastEvaluatedTableName);
