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

    /// <summary>The index to read instead of the items; null means the items.</summary>
    public string? IndexName { get; init; }

    /// <summary>Where the page before ended: the page starts behind this key.</summary>
    public ItemKey? ExclusiveStartKey { get; init; }

    /// <summary>
    /// Of a scan of an index, beside <see cref="ExclusiveStartKey"/>, the index's key attributes of the item where the page before ended.
    /// </summary>
    public Item? ExclusiveStartIndexKey { get; init; }

    /// <summary>Which of <see cref="TotalSegments"/> parts of the table to read, from 0.</summary>
    public int Segment { get; init; }

    /// <summary>Into how many parts the table is cut, so that several callers can read it at once.</summary>
    public int TotalSegments { get; init; } = 1;

    /// <summary>Whether the read must see every write answered before it. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>
    /// Which of the items that are read the answer has, in DynamoDB's language: <c>seats &gt; :n AND attribute_exists(note)</c>. Items
    /// are counted for the limit, and for the size of a page, before they are filtered: a page may be without any, and not the last. Null
    /// means all.
    /// </summary>
    public string? FilterExpression { get; init; }

    /// <summary>Which attributes the answer has, in DynamoDB's language: <c>name, address.city, marks[0]</c>. Null means all.</summary>
    public string? ProjectionExpression { get; init; }

    /// <summary>What stands for a name in the expressions, by placeholder, like <c>#n</c>; null means that there is none.</summary>
    public IReadOnlyDictionary<string, string>? ExpressionAttributeNames { get; init; }

    /// <summary>What stands for a value in the expressions, by placeholder, like <c>:v</c>; null means that there is none.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? ExpressionAttributeValues { get; init; }

    /// <summary>What the answer has; null means what the projection says, or whole items.</summary>
    public ReadSelect? Select { get; init; }

    /// <summary>Checks what can be told without the table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate(ItemLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        Schema.TableName.Require(TableName);
        PageLimit.Require(Limit);
        ReadSelectRule.Require(Select, ProjectionExpression, IndexName);
        IndexStart.Require(IndexName, ExclusiveStartKey, ExclusiveStartIndexKey);
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

    /// <summary>The expressions together, or null if there are none.</summary>
    public ReadExpressions? ToExpressions()
    {
        ReadExpressions expressions = new()
        {
            Kind = ReadKind.Scan,
            Filter = FilterExpression,
            Projection = ProjectionExpression,
            CountOnly = Select == ReadSelect.Count,
            Names = ExpressionAttributeNames,
            Values = ExpressionAttributeValues,
        };
        return expressions.IsEmpty ? null : expressions;
    }
}

/// <summary>One page of a scan.</summary>
/// <param name="Items">The items.</param>
/// <param name="LastEvaluatedKey">Where to go on; null means that there is no more.</param>
/// <param name="ScannedCount">How many items were looked at.</param>
public sealed record ScanResult(ItemPage Items, ItemKey? LastEvaluatedKey, int ScannedCount)
{
    /// <summary>How many items passed the filter; with <see cref="ReadSelect.Count"/> they are not among the items.</summary>
    public int Count { get; init; } = Items.Count;

    /// <summary>
    /// Of an index, beside <see cref="LastEvaluatedKey"/>, the index's key attributes of the item where to go on; null means that there is
    /// no more.
    /// </summary>
    public Item? LastEvaluatedIndexKey { get; init; }
}
