using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Runs statements on a database, embedded or a cluster's, by the requests that any caller can make. What enters: texts and the values of
/// their parameters. What leaves: items. What always holds: no part of a statement is ignored, and one evaluator decides for statements
/// and for expressions.
/// </summary>
internal sealed class StatementExecution(IKeystoneDatabase database)
{
    public async ValueTask<ExecuteStatementResult> RunAsync(ExecuteStatementRequest request, CancellationToken cancellationToken)
    {
        PageLimit.Require(request.Limit);
        Statement statement = StatementParser.Parse(request.Statement, request.Parameters);
        TableDefinition table = await DefinitionOfAsync(statement.TableName, cancellationToken).ConfigureAwait(false);
        if (statement is SelectStatement select)
        {
            var plan = SelectPlan.Of(select, table);
            return select.IsExplained
                ? new ExecuteStatementResult([plan.Explain().Encode()])
                : await new SelectExecution(database, plan, request).RunAsync(cancellationToken).ConfigureAwait(false);
        }

        if (statement is ExistsStatement)
        {
            throw StatementError.NotOffered("EXISTS stands in transactions only");
        }

        if (request.NextToken is not null)
        {
            throw KeystoneException.Validation("Invalid NextToken: a statement that writes has none");
        }

        if (statement.IsExplained)
        {
            return new ExecuteStatementResult([Explain(statement, table).Encode()]);
        }

        bool returnCurrent = request.ReturnCurrentOnConditionFailure;
        Item? returned = await WriteAsync(statement, table, returnCurrent, cancellationToken).ConfigureAwait(false);
        return new ExecuteStatementResult(returned is null ? [] : [returned.Encode()]) { Kind = KindOf(statement) };
    }

    public async ValueTask<TableDefinition> DefinitionOfAsync(string table, CancellationToken cancellationToken)
        => (await database.DescribeTableAsync(new DescribeTableRequest(table), cancellationToken).ConfigureAwait(false)).Table.Definition;

    /// <summary>Runs a statement that writes. Answers what it returns, or null if that is nothing.</summary>
    public async ValueTask<Item?> WriteAsync(
        Statement statement, TableDefinition table, bool returnCurrent, CancellationToken cancellationToken)
    {
        EncodedItem? returned = statement switch
        {
            InsertStatement insert => await InsertAsync(insert, cancellationToken).ConfigureAwait(false),
            UpdateStatement update => await UpdateAsync(update, table, returnCurrent, cancellationToken).ConfigureAwait(false),
            _ => await DeleteAsync((DeleteStatement)statement, table, returnCurrent, cancellationToken)
                .ConfigureAwait(false),
        };
        return returned?.ToItem() is { Count: > 0 } item ? item : null;
    }

    private async ValueTask<EncodedItem?> InsertAsync(InsertStatement insert, CancellationToken cancellationToken)
    {
        try
        {
            var request = new PutItemRequest(insert.TableName, insert.Item.Encode()) { Condition = WriteCondition.ItemAbsent };
            await database.PutItemAsync(request, cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.ConditionalCheckFailed)
        {
            throw new KeystoneException(KeystoneErrorCode.DuplicateItem, DuplicateMessage, e);
        }
    }

    private async ValueTask<EncodedItem?> UpdateAsync(
        UpdateStatement update, TableDefinition table, bool returnCurrent, CancellationToken cancellationToken)
    {
        var plan = WritePlan.Of(update, table);
        var request = new UpdateItemRequest(plan.TableName, plan.Key)
        {
            UpdateExpression = plan.Update,
            ConditionExpression = plan.Condition,
            ExpressionAttributeNames = plan.Writer.Names,
            ExpressionAttributeValues = plan.Writer.Values,
            ReturnValues = update.Returning,
            ReturnCurrentOnConditionFailure = returnCurrent,
        };
        return (await database.UpdateItemAsync(request, cancellationToken).ConfigureAwait(false)).Attributes;
    }

    private async ValueTask<EncodedItem?> DeleteAsync(
        DeleteStatement delete, TableDefinition table, bool returnCurrent, CancellationToken cancellationToken)
    {
        var plan = WritePlan.Of(delete, table);
        var request = new DeleteItemRequest(plan.TableName, plan.Key)
        {
            ConditionExpression = plan.Condition,
            ExpressionAttributeNames = plan.Writer.Names,
            ExpressionAttributeValues = plan.Writer.Values,
            ReturnOld = delete.ReturnsOld,
            ReturnCurrentOnConditionFailure = returnCurrent,
        };
        return (await database.DeleteItemAsync(request, cancellationToken).ConfigureAwait(false)).OldItem;
    }

    private static StatementKind KindOf(Statement statement) => statement switch
    {
        InsertStatement => StatementKind.Insert,
        UpdateStatement => StatementKind.Update,
        _ => StatementKind.Delete,
    };

    internal const string DuplicateMessage = "Duplicate primary key exists in table";

    private static Item Explain(Statement statement, TableDefinition table)
    {
        (string operation, WritePlan plan) = statement switch
        {
            InsertStatement insert => ("PutItem", WritePlan.Of(insert, table)),
            UpdateStatement update => ("UpdateItem", WritePlan.Of(update, table)),
            _ => ("DeleteItem", WritePlan.Of((DeleteStatement)statement, table)),
        };
        var item = new ItemBuilder().Set("operation", operation).Set("table", plan.TableName);
        if (plan.Condition is not null)
        {
            item.Set("condition", TermPrinter.Fill(plan.Condition, plan.Writer));
        }

        if (plan.Update is not null)
        {
            item.Set("update", TermPrinter.Fill(plan.Update, plan.Writer));
        }

        return item.Build();
    }
}
