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
            (request, Checked(request.ToExpressions(), request.Condition)),
            static (router, table, asked, cancel) => router.PutAsync(table, asked.Item1, asked.Item2, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.GetItemAsync"/>
    public ValueTask<GetItemResult> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            request.TableName,
            (request, Checked(request.ToExpressions())),
            static (router, table, asked, cancel) => router.GetAsync(table, asked.request, asked.Item2, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.UpdateItemAsync"/>
    public ValueTask<UpdateItemResult> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            request.TableName,
            (request, Checked(request.ToExpressions(), request.Condition)),
            static (router, table, asked, cancel) => router.UpdateAsync(table, asked.Item1, asked.Item2, cancel),
            cancellationToken);
    }

    /// <inheritdoc cref="IKeystoneDatabase.DeleteItemAsync"/>
    public ValueTask<DeleteItemResult> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        return AskAsync(
            request.TableName,
            (request, Checked(request.ToExpressions(), request.Condition)),
            static (router, table, asked, cancel) => router.DeleteAsync(table, asked.Item1, asked.Item2, cancel),
            cancellationToken);
    }

    /// <summary>
    /// Checks what a write says by itself, so that it is told before the table is looked for. The owner checks it again, unless it is in
    /// this process.
    /// </summary>
    private WriteExpressions? Checked(WriteExpressions? expressions, WriteCondition? condition)
    {
        expressions?.Bind(_expressions);
        return expressions?.Condition is null || condition is null
            ? expressions
            : throw KeystoneException.Validation("A write has a Condition or a ConditionExpression, not both: leave one of them out");
    }

    private static void RequireSome(EncodedItem item)
    {
        if (item.IsNone)
        {
            throw KeystoneException.Validation("The put has no item");
        }
    }

    private async ValueTask<PutItemResult> PutAsync(
        RoutedTable table, PutItemRequest request, WriteExpressions? expressions, CancellationToken cancellationToken)
    {
        StripeTarget target = TargetOf(table, table.Key.KeyOf(request.Item, _limits));
        StripeWrite write = new(target, request.Item, default)
        {
            Condition = request.Condition,
            Expressions = expressions,
            Return = request.ReturnOld ? ReturnValues.AllOld : ReturnValues.None,
            ReturnCurrentOnConditionFailure = request.ReturnCurrentOnConditionFailure,
        };
        StripeWriteResult done = await _stripes.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return new PutItemResult(done.Version!.Value) { OldItem = done.Attributes };
    }

    private ValueTask<GetItemResult> GetAsync(
        RoutedTable table, GetItemRequest request, ReadExpressions? expressions, CancellationToken cancellationToken)
    {
        table.Key.Require(request.Key, _limits);
        expressions?.Bind(_expressions).RequireKey(table.Key);
        StripeGet get = new(TargetOf(table, request.Key), request.Key, request.ConsistentRead, expressions);
        return _stripes.GetAsync(get, cancellationToken);
    }

    private async ValueTask<DeleteItemResult> DeleteAsync(
        RoutedTable table, DeleteItemRequest request, WriteExpressions? expressions, CancellationToken cancellationToken)
    {
        table.Key.Require(request.Key, _limits);
        StripeWrite write = new(TargetOf(table, request.Key), default, request.Key)
        {
            Condition = request.Condition,
            Expressions = expressions,
            Return = request.ReturnOld ? ReturnValues.AllOld : ReturnValues.None,
            ReturnCurrentOnConditionFailure = request.ReturnCurrentOnConditionFailure,
        };
        StripeWriteResult done = await _stripes.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return new DeleteItemResult { Version = done.Version, OldItem = done.Attributes };
    }

    private async ValueTask<UpdateItemResult> UpdateAsync(
        RoutedTable table, UpdateItemRequest request, WriteExpressions? expressions, CancellationToken cancellationToken)
    {
        table.Key.Require(request.Key, _limits);
        StripeWrite write = new(TargetOf(table, request.Key), default, request.Key)
        {
            IsUpdate = true,
            Condition = request.Condition,
            Expressions = expressions,
            Return = request.ReturnValues,
            ReturnCurrentOnConditionFailure = request.ReturnCurrentOnConditionFailure,
        };
        StripeWriteResult done = await _stripes.WriteAsync(write, cancellationToken).ConfigureAwait(false);
        return new UpdateItemResult(done.Version!.Value) { Attributes = done.Attributes };
    }
}
