using System.Runtime.CompilerServices;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model;

/// <summary>Short forms of the common calls, and whole queries and scans that turn the pages by themselves.</summary>
public static class KeystoneDatabaseExtensions
{
    /// <summary>Makes a table.</summary>
    public static async ValueTask<TableDescription> CreateTableAsync(
        this IKeystoneDatabase database, string name, KeySchema key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        var request = new CreateTableRequest(new TableDefinition(name, key));
        return (await database.CreateTableAsync(request, cancellationToken).ConfigureAwait(false)).Table;
    }

    /// <summary>Writes an item.</summary>
    public static ValueTask<PutItemResult> PutItemAsync(
        this IKeystoneDatabase database, string table, Item item, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.PutItemAsync(new PutItemRequest(table, item), cancellationToken);
    }

    /// <summary>Reads an item; null if there is none.</summary>
    public static async ValueTask<Item?> GetItemAsync(
        this IKeystoneDatabase database, string table, AttributeValue partition, AttributeValue? sort = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        var request = new GetItemRequest(table, ItemKey.Of(partition, sort));
        return (await database.GetItemAsync(request, cancellationToken).ConfigureAwait(false)).Item?.ToItem();
    }

    /// <summary>Deletes an item, if there is one.</summary>
    public static ValueTask<DeleteItemResult> DeleteItemAsync(
        this IKeystoneDatabase database, string table, AttributeValue partition, AttributeValue? sort = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        return database.DeleteItemAsync(new DeleteItemRequest(table, ItemKey.Of(partition, sort)), cancellationToken);
    }

    /// <summary>
    /// The items of a query, page after page until there is no more. <see cref="QueryRequest.Limit"/> bounds each page, not the whole.
    /// </summary>
    public static async IAsyncEnumerable<Item> QueryAsync(
        this IKeystoneDatabase database, QueryRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(request);
        QueryRequest? next = request;
        while (next is not null)
        {
            QueryResult page = await database.QueryPageAsync(next, cancellationToken).ConfigureAwait(false);
            foreach (EncodedItem item in page.Items)
            {
                yield return item.ToItem();
            }

            next = page.LastEvaluatedKey is { } last
                ? next with { ExclusiveStartKey = last, ExclusiveStartIndexKey = page.LastEvaluatedIndexKey }
                : null;
        }
    }

    /// <summary>
    /// The items of a scan, page after page until there is no more. <see cref="ScanRequest.Limit"/> bounds each page, not the whole.
    /// </summary>
    public static async IAsyncEnumerable<Item> ScanAsync(
        this IKeystoneDatabase database, ScanRequest request, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(request);
        ScanRequest? next = request;
        while (next is not null)
        {
            ScanResult page = await database.ScanPageAsync(next, cancellationToken).ConfigureAwait(false);
            foreach (EncodedItem item in page.Items)
            {
                yield return item.ToItem();
            }

            next = page.LastEvaluatedKey is { } last
                ? next with { ExclusiveStartKey = last, ExclusiveStartIndexKey = page.LastEvaluatedIndexKey }
                : null;
        }
    }
}
