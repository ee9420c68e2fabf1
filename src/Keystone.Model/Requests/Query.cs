using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>Reads one page of the items of one partition, in the order of their sort keys.</summary>
/// <param name="TableName">The table.</param>
/// <param name="PartitionKey">The value of the partition key.</param>
public sealed record QueryRequest(string TableName, AttributeValue PartitionKey)
{
    /// <summary>Which sort keys; null means all.</summary>
    public SortKeyCondition? SortKey { get; init; }

    /// <summary>Whether to read from the greatest sort key down.</summary>
    public bool Backward { get; init; }

    /// <summary>The most items to look at for this page; null means as many as a page holds.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the page before ended: the page starts behind this key.</summary>
    public ItemKey? ExclusiveStartKey { get; init; }

    /// <summary>Whether the read must see every write answered before it. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>Checks what can be told without the table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate()
    {
        Schema.TableName.Require(TableName);
        PageLimit.Require(Limit);
    }
}

/// <summary>One page of a query.</summary>
/// <param name="Items">The items, in the order asked for.</param>
/// <param name="LastEvaluatedKey">Where to go on; null means that there is no more.</param>
/// <param name="ScannedCount">How many items were looked at.</param>
public sealed record QueryResult(ItemPage Items, ItemKey? LastEvaluatedKey, int ScannedCount);
