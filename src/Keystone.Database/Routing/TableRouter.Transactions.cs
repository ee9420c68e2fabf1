using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Database.Routing;

/// <content>Transactions: many items of any tables, decided together by who owns all of their stripes.</content>
public sealed partial class TableRouter
{
    /// <summary>Writes items of any tables, all of them or none.</summary>
    public async ValueTask<TransactWriteItemsResult> TransactWriteItemsAsync(
        TransactWriteItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(_limits);
        IStripeTransactions owner = RequireOwner();
        var writes = new StripeWrite[request.Writes.Count];
        var keys = new (string Table, ItemKey Key)[writes.Length];
        for (int i = 0; i < writes.Length; i++)
        {
            TransactWrite write = request.Writes[i];
            WriteExpressions? expressions = Checked(write.ToExpressions(), condition: null);
            RoutedTable table = await FindAsync(write.TableName, cancellationToken).ConfigureAwait(false);
            keys[i] = (write.TableName, write.Kind == TransactWriteKind.Put ? KeyOfPut(table, write.Item) : write.Key);
            table.Key.Require(keys[i].Key, _limits);
            writes[i] = new StripeWrite(TargetOf(table, keys[i].Key), write.Item, write.Key)
            {
                IsUpdate = write.Kind == TransactWriteKind.Update,
                IsCheck = write.Kind == TransactWriteKind.Check,
                Expressions = expressions,
                ReturnCurrentOnConditionFailure = write.ReturnCurrentOnConditionFailure,
            };
        }

        TransactionRule.RequireDifferent(keys);
        await owner.TransactWriteAsync(new StripeTransaction(writes, request.ClientRequestToken), cancellationToken).ConfigureAwait(false);
        return new TransactWriteItemsResult();
    }

    /// <summary>Reads items of any tables as they are at one moment.</summary>
    public async ValueTask<TransactGetItemsResult> TransactGetItemsAsync(
        TransactGetItemsRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Validate(_limits);
        IStripeTransactions owner = RequireOwner();
        var gets = new StripeGet[request.Gets.Count];
        for (int i = 0; i < gets.Length; i++)
        {
            TransactGet get = request.Gets[i];
            ReadExpressions? expressions = Checked(get.ToExpressions());
            RoutedTable table = await FindAsync(get.TableName, cancellationToken).ConfigureAwait(false);
            table.Key.Require(get.Key, _limits);
            gets[i] = new StripeGet(TargetOf(table, get.Key), get.Key, ConsistentRead: true, expressions);
        }

        return new TransactGetItemsResult(await owner.TransactGetAsync(gets, cancellationToken).ConfigureAwait(false));
    }

    private ItemKey KeyOfPut(RoutedTable table, EncodedItem item)
    {
        _limits.RequireItem(item);
        return table.Key.KeyOf(item, _limits);
    }

    private IStripeTransactions RequireOwner() => _transactions ?? throw new KeystoneException(
        KeystoneErrorCode.NotSupported,
        "Transactions need one owner of all stripes, which an embedded database and one of a single node have.");
}
