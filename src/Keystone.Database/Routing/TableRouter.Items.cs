using Keystone.Database.Owner;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Database.Routing;

/// <content>Single items.</content>
public sealed partial class TableRouter
{
    /// <inheritdoc cref="IKeystoneDatabase.PutItemAsync"/>
    public ValueTask<PutItemResult> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        RequireSome(request.Item);
        return AskAsync(
            request.TableName,
            request,
            static (router, table, request, cancel) => router.PutAsync(table, request, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.GetItemAsync"/>
    public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            request.TableName,
            request,
            static (router, table, request, cancel) => router.GetAsync(table, request, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.DeleteItemAsync"/>
    public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            request.TableName,
            request,
            static (router, table, request, cancel) => router.DeleteAsync(table, request, cancel),
            cancellationToken);
    }

    private static void RequireSome(EncodedItem item)
    {
        if (item.IsNone)
        {
            throw KeystoneException.Validation("The put has no item");
        }
    }

    private async ValueTask<PutItemResult> PutAsync(RoutedTable table, PutItemRequest request, CancellationToken cancellationToken)
    {
        StripeTarget target = TargetOf(table, table.Key.KeyOf(request.Item, _limits));
        StripeWrite write = new(target, request.Item, default)
        {
            Condition = request.Condition,
            ReturnOld = request.ReturnOld,
            ReturnCurrentOnConditionFailure = request.ReturnCurrentOnConditionFailure,
        };
        StripeWriteResult done = await _stripes.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return new PutItemResult(done.Version!.Value) { OldItem = done.OldItem };
    }

    private ValueTask<GetItemResult> GetAsync(RoutedTable table, GetItemRequest request, CancellationToken cancellationToken)
    {
        table.Key.Require(request.Key, _limits);
        return _stripes.GetAsync(new StripeGet(TargetOf(table, request.Key), request.Key, request.ConsistentRead), cancellationToken);
    }

    private async ValueTask<DeleteItemResult> DeleteAsync(RoutedTable table, DeleteItemRequest request, CancellationToken cancellationToken)
    {
        table.Key.Require(request.Key, _limits);
        StripeWrite write = new(TargetOf(table, request.Key), default, request.Key)
        {
            Condition = request.Condition,
            ReturnOld = request.ReturnOld,
            ReturnCurrentOnConditionFailure = request.ReturnCurrentOnConditionFailure,
        };
        StripeWriteResult done = await _stripes.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return new DeleteItemResult { Version = done.Version, OldItem = done.OldItem };
    }
}
