using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>Reads one page of all items of a table, in the order of their hashes: a fixed order without a meaning.</summary>
/// <param name="TableName">The table.</param>
public sealed record ScanRequest(string TableName)
{
    /// <summary>The most items to look at for this page; null means as many as a page holds.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the page before ended: the page starts behind this key.</summary>
    public ItemKey? ExclusiveStartKey { get; init; }

    /// <summary>Which of <see cref="TotalSegments"/> parts of the table to read, from 0.</summary>
    public int Segment { get; init; }

    /// <summary>Into how many parts the table is cut, so that several callers can read it at once.</summary>
    public int TotalSegments { get; init; } = 1;

    /// <summary>Whether the read must see every write answered before it. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>Checks what can be told without the table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Schema.TableName.Require(TableName);
        PageLimit.Require(Limit);
        if (TotalSegments < 1 || TotalSegments > limits.ScanSegmentsMax)
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value '{TotalSegments}' at 'totalSegments' failed to satisfy constraint: "
                + $"Member must have value from 1 to {limits.ScanSegmentsMax}");
        }

        if (Segment < 0 || Segment >= TotalSegments)
        {
            throw KeystoneException.Validation(
                "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
                + $"Segment: {Segment} is not less than TotalSegments: {TotalSegments}");
        }
    }
}

/// <summary>One page of a scan.</summary>
/// <param name="Items">The items.</param>
/// <param name="LastEvaluatedKey">Where to go on; null means that there is no more.</param>
/// <param name="ScannedCount">How many items were looked at.</param>
public sealed record ScanResult(ItemPage Items, ItemKey? LastEvaluatedKey, int ScannedCount);
