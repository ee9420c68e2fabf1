using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Model.PartiQL;

/// <summary>Where a read of a plan stands: in which run of keys, and behind which item of it.</summary>
internal sealed record SourcePosition(int Branch, ItemKey? Key = null, Item? IndexKey = null);

/// <summary>What one read of a plan found.</summary>
/// <param name="Items">The items that pass everything that the WHERE clause asks.</param>
/// <param name="Count">How many they are; they may be counted without being here.</param>
/// <param name="ScannedCount">How many were looked at.</param>
/// <param name="Next">Where to go on; null means that there is no more.</param>
internal sealed record SourcePage(IReadOnlyList<EncodedItem> Items, long Count, int ScannedCount, SourcePosition? Next);

/// <summary>
/// Reads the items of a plan, page after page: by the requests that any caller of the database makes, so a statement means what its
/// expressions mean.
/// </summary>
internal sealed class SelectSource
{
    private static readonly ExpressionCache Expressions = new();

    private readonly IKeystoneDatabase _database;
    private readonly SelectPlan _plan;
    private readonly bool _consistentRead;
    private readonly ConditionExpression? _residual;

    public SelectSource(IKeystoneDatabase database, SelectPlan plan, bool consistentRead)
    {
        _database = database;
        _plan = plan;
        _consistentRead = consistentRead;
        if (plan.Residual is { } residual)
        {
            var writer = new ExpressionWriter();
            string text = writer.Condition(residual);
            _residual = new ExpressionScope(Expressions, writer.Names, writer.Values).Filter(text);
        }
    }

    public async ValueTask<SourcePage> ReadAsync(SourcePosition position, int? limit, CancellationToken cancellationToken)
    {
        if (_plan.IsGet)
        {
            return await GetAsync(cancellationToken).ConfigureAwait(false);
        }

        SourcePage page = _plan.IsScan
            ? await ScanAsync(position, limit, cancellationToken).ConfigureAwait(false)
            : await QueryAsync(position, limit, cancellationToken).ConfigureAwait(false);
        if (_residual is null)
        {
            return page;
        }

        EncodedItem[] passed = [.. page.Items.Where(item => _residual.Holds(item))];
        return page with { Items = passed, Count = passed.Length };
    }

    private async ValueTask<SourcePage> GetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<(string Name, AttributeValue Value)> key = _plan.Branches[0].Equal;
        var writer = new ExpressionWriter();
        var request = new GetItemRequest(_plan.Select.TableName, ItemKey.Of(key[0].Value, key.Count > 1 ? key[1].Value : null))
        {
            ConsistentRead = _consistentRead,
            ProjectionExpression = Projection(writer),
            ExpressionAttributeNames = writer.Names,
        };
        GetItemResult result = await _database.GetItemAsync(request, cancellationToken).ConfigureAwait(false);
        return result.Item is { } item ? new SourcePage([item], 1, 1, null) : new SourcePage([], 0, 1, null);
    }

    private async ValueTask<SourcePage> ScanAsync(SourcePosition position, int? limit, CancellationToken cancellationToken)
    {
        var writer = new ExpressionWriter();
        var request = new ScanRequest(_plan.Select.TableName)
        {
            IndexName = _plan.Select.IndexName,
            Limit = limit,
            ConsistentRead = _consistentRead,
            ExclusiveStartKey = position.Key,
            ExclusiveStartIndexKey = position.IndexKey,
            FilterExpression = _plan.Filter is null ? null : writer.Condition(_plan.Filter),
            ProjectionExpression = Projection(writer),
            Select = _plan.CountsOnly ? ReadSelect.Count : null,
            ExpressionAttributeNames = writer.Names,
            ExpressionAttributeValues = writer.Values,
        };
        ScanResult page = await _database.ScanPageAsync(request, cancellationToken).ConfigureAwait(false);
        SourcePosition? next = page.LastEvaluatedKey is { } last ? new SourcePosition(0, last, page.LastEvaluatedIndexKey) : null;
        return new SourcePage(page.Items, page.Count, page.ScannedCount, next);
    }

    private async ValueTask<SourcePage> QueryAsync(SourcePosition position, int? limit, CancellationToken cancellationToken)
    {
        var writer = new ExpressionWriter();
        var request = new QueryRequest(_plan.Select.TableName)
        {
            KeyConditionExpression = writer.Condition(_plan.Branches[position.Branch].ToTerm()),
            IndexName = _plan.Select.IndexName,
            Limit = limit,
            Backward = _plan.Backward,
            ConsistentRead = _consistentRead,
            ExclusiveStartKey = position.Key,
            ExclusiveStartIndexKey = position.IndexKey,
            FilterExpression = _plan.Filter is null ? null : writer.Condition(_plan.Filter),
            ProjectionExpression = Projection(writer),
            Select = _plan.CountsOnly ? ReadSelect.Count : null,
            ExpressionAttributeNames = writer.Names,
            ExpressionAttributeValues = writer.Values,
        };
        QueryResult page = await _database.QueryPageAsync(request, cancellationToken).ConfigureAwait(false);
        SourcePosition? next = page.LastEvaluatedKey is { } last
            ? new SourcePosition(position.Branch, last, page.LastEvaluatedIndexKey)
            : position.Branch + 1 < _plan.Branches.Count ? new SourcePosition(position.Branch + 1) : null;
        return new SourcePage(page.Items, page.Count, page.ScannedCount, next);
    }

    private string? Projection(ExpressionWriter writer) => _plan.CountsOnly || _plan.Attributes is not { Count: > 0 } attributes
        ? null
        : string.Join(", ", attributes.Select(name => writer.Path(DocumentPath.Of(name))));
}
