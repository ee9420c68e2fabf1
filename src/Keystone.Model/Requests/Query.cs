using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>Reads one page of the items of one partition, in the order of their sort keys.</summary>
/// <param name="TableName">The table.</param>
/// <param name="PartitionKey">The value of the partition key; null means that <see cref="KeyConditionExpression"/> has it.</param>
public sealed record QueryRequest(string TableName, AttributeValue? PartitionKey = null)
{
    /// <summary>
    /// The partition and which of its sort keys, in DynamoDB's language: <c>id = :id AND begins_with(sort, :prefix)</c>. Null means that
    /// <see cref="PartitionKey"/> and <see cref="SortKey"/> say so.
    /// </summary>
    public string? KeyConditionExpression { get; init; }

    /// <summary>Which sort keys; null means all.</summary>
    public SortKeyCondition? SortKey { get; init; }

    /// <summary>Whether to read from the greatest sort key down.</summary>
    public bool Backward { get; init; }

    /// <summary>The most items to look at for this page; null means as many as a page holds.</summary>
    public int? Limit { get; init; }

    /// <summary>The index to read instead of the items; null means the items.</summary>
    public string? IndexName { get; init; }

    /// <summary>Where the page before ended: the page starts behind this key.</summary>
    public ItemKey? ExclusiveStartKey { get; init; }

    /// <summary>
    /// Of a query of an index, beside <see cref="ExclusiveStartKey"/>, the index's key attributes of the item where the page before ended.
    /// </summary>
    public Item? ExclusiveStartIndexKey { get; init; }

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
    public void Validate()
    {
        Schema.TableName.Require(TableName);
        PageLimit.Require(Limit);
        ReadSelectRule.Require(Select, ProjectionExpression, IndexName);
        IndexStart.Require(IndexName, ExclusiveStartKey, ExclusiveStartIndexKey);
        if (PartitionKey is null && KeyConditionExpression is null)
        {
            throw KeystoneException.Validation(
                "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
        }

        if (KeyConditionExpression is not null && (PartitionKey is not null || SortKey is not null))
        {
            throw KeystoneException.Validation(
                "A query has a KeyConditionExpression, or a PartitionKey with perhaps a SortKey, not both: leave one of them out");
        }
    }

    /// <summary>The expressions together, or null if there are none.</summary>
    public ReadExpressions? ToExpressions()
    {
        ReadExpressions expressions = new()
        {
            Kind = ReadKind.Query,
            KeyCondition = KeyConditionExpression,
            Filter = FilterExpression,
            Projection = ProjectionExpression,
            CountOnly = Select == ReadSelect.Count,
            Names = ExpressionAttributeNames,
            Values = ExpressionAttributeValues,
        };
        return expressions.IsEmpty ? null : expressions;
    }
}

/// <summary>One page of a query.</summary>
/// <param name="Items">The items, in the order asked for.</param>
/// <param name="LastEvaluatedKey">Where to go on; null means that there is no more.</param>
/// <param name="ScannedCount">How many items were looked at.</param>
public sealed record QueryResult(ItemPage Items, ItemKey? LastEvaluatedKey, int ScannedCount)
{
    /// <summary>How many items passed the filter; with <see cref="ReadSelect.Count"/> they are not among the items.</summary>
    public int Count { get; init; } = Items.Count;

    /// <summary>
    /// Of an index, beside <see cref="LastEvaluatedKey"/>, the index's key attributes of the item where to go on; null means that there is
    /// no more.
    /// </summary>
    public Item? LastEvaluatedIndexKey { get; init; }
}
