using Keystone.Database.Catalog;
using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Database.Routing;

/// <summary>
/// The caller's side of every operation: from names of tables and keys to the stripes that have them.
/// <para>
/// What enters: the requests of <see cref="IKeystoneDatabase"/>. What goes out: requests for stripes, through
/// <see cref="IStripeOperations"/>. What always holds: nothing here decides about an item, the owner does; a page is continued by keys and
/// never by nodes or stripes; one call of one table is repeated once when the catalog it was made under turns out to be old. It has no
/// state but the syntax of expressions, so one serves all callers of a process.
/// </para>
/// </summary>
public sealed partial class TableRouter
{
    private readonly ICatalog _catalog;
    private readonly IStripeOperations _stripes;
    private readonly IStripeTransactions? _transactions;
    private readonly int _stripeCount;
    private readonly ItemLimits _limits;
    private readonly ExpressionCache _expressions = new();

    /// <summary>A router over the owners of stripes.</summary>
    /// <param name="catalog">The catalog, or a copy that can be refreshed.</param>
    /// <param name="stripes">The owners.</param>
    /// <param name="stripeCount">The stripes of the database: a power of two, the same for ever.</param>
    /// <param name="limits">The limits of the calls.</param>
    /// <param name="transactions">The owner of all stripes, where there is one; null refuses transactions.</param>
    public TableRouter(
        ICatalog catalog, IStripeOperations stripes, int stripeCount, ItemLimits limits, IStripeTransactions? transactions = null)
    {
        _transactions = transactions;
        _catalog = catalog;
        _stripes = stripes;
        _stripeCount = stripeCount;
        _limits = limits;
    }

    private delegate ValueTask<TResult> Call<TRequest, TResult>(
        TableRouter router, RoutedTable table, TRequest request, CancellationToken cancellationToken);

    /// <inheritdoc cref="IKeystoneDatabase.CreateTableAsync"/>
    public async ValueTask<CreateTableResult> CreateTableAsync(CreateTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new CreateTableResult(await _catalog.CreateTableAsync(request.Table, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="IKeystoneDatabase.DescribeTableAsync"/>
    public async ValueTask<DescribeTableResult> DescribeTableAsync(
        DescribeTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        TableName.Require(request.TableName);
        RoutedTable table = await FindAsync(request.TableName, cancellationToken).ConfigureAwait(false);
        return new DescribeTableResult(_catalog.Describe(table.Table));
    }

    /// <inheritdoc cref="IKeystoneDatabase.ListTablesAsync"/>
    public ValueTask<ListTablesResult> ListTablesAsync(ListTablesRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new ValueTask<ListTablesResult>(_catalog.Current.List(request, _limits));
    }

    /// <inheritdoc cref="IKeystoneDatabase.UpdateTableAsync"/>
    public async ValueTask<UpdateTableResult> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new UpdateTableResult(await _catalog.UpdateTableAsync(request, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc cref="IKeystoneDatabase.DeleteTableAsync"/>
    public async ValueTask<DeleteTableResult> DeleteTableAsync(DeleteTableRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return new DeleteTableResult(await _catalog.DeleteTableAsync(request.TableName, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The stripe of a key in a table.</summary>
    /// <exception cref="KeystoneException">ResourceNotFound.</exception>
    public int StripeOf(string tableName, ItemKey key)
    {
        CatalogTable table = _catalog.Current.Find(tableName) ?? throw KeystoneException.TableNotFound(tableName);
        return StripeOf(table.Id, key);
    }

    private int StripeOf(uint tableId, ItemKey key)
        => StripeHash.StripeOf(StripeHash.Of(tableId, key.PartitionBytes.Span), _stripeCount);

    private StripeTarget TargetOf(RoutedTable table, ItemKey key)
        => new(StripeOf(table.Table.Id, key), table.Table.Id, table.CatalogVersion);

    /// <summary>The table of a name as this router knows it, after a second look if it knows none.</summary>
    private async ValueTask<RoutedTable> FindAsync(string name, CancellationToken cancellationToken)
    {
        CatalogSnapshot catalog = _catalog.Current;
        if (catalog.Find(name) is { } table)
        {
            return new RoutedTable(table, catalog.Version);
        }

        TableName.Require(name);
        catalog = await _catalog.RefreshAsync(catalog.Version, cancellationToken).ConfigureAwait(false);
        return new RoutedTable(catalog.Find(name) ?? throw KeystoneException.TableNotFound(name), catalog.Version);
    }

    /// <summary>Makes a call about one table. If the owner knows no such table, the name is looked up anew and the call repeated.</summary>
    private async ValueTask<TResult> AskAsync<TRequest, TResult>(
        string tableName, TRequest request, Call<TRequest, TResult> call, CancellationToken cancellationToken)
    {
        RoutedTable table = await FindAsync(tableName, cancellationToken).ConfigureAwait(false);
        try
        {
            return await call(this, table, request, cancellationToken).ConfigureAwait(false);
        }
        catch (KeystoneException failure) when (failure.Code == KeystoneErrorCode.ResourceNotFound)
        {
            // Looked at below, where it is allowed to wait.
        }

        CatalogSnapshot newer = await _catalog.RefreshAsync(table.CatalogVersion, cancellationToken).ConfigureAwait(false);
        CatalogTable? found = newer.Find(tableName);
        return found is not null && found.Id != table.Table.Id
            ? await call(this, new RoutedTable(found, newer.Version), request, cancellationToken).ConfigureAwait(false)
            : throw KeystoneException.TableNotFound(tableName);
    }

    /// <summary>A table and the version of the catalog in which it was found.</summary>
    private readonly record struct RoutedTable(CatalogTable Table, ulong CatalogVersion)
    {
        public KeySchema Key => Table.Description.Definition.Key;
    }
}
