using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model.PartiQL;

/// <summary>Runs statements as one transaction of reads or of writes.</summary>
internal sealed class StatementTransaction(IKeystoneDatabase database)
{
    private readonly StatementExecution _execution = new(database);

    public async ValueTask<ExecuteTransactionResult> RunAsync(ExecuteTransactionRequest request, CancellationToken cancellationToken)
    {
        if (request.Statements.Count == 0)
        {
            throw KeystoneException.Validation("ExecuteTransaction has no statements");
        }

        var parsed = new Statement[request.Statements.Count];
        for (int i = 0; i < parsed.Length; i++)
        {
            parsed[i] = Within(i, () => StatementParser.Parse(request.Statements[i].Statement, request.Statements[i].Parameters));
        }

        bool reads = parsed[0] is SelectStatement;
        if (Array.Exists(parsed, statement => statement.IsExplained || statement is SelectStatement != reads))
        {
            throw KeystoneException.Validation(
                "ExecuteTransaction has statements that read and others that write, or an EXPLAIN: send them apart");
        }

        Dictionary<string, TableDefinition> tables = new(StringComparer.Ordinal);
        foreach (string name in parsed.Select(statement => statement.TableName).Distinct(StringComparer.Ordinal))
        {
            tables.Add(name, await _execution.DefinitionOfAsync(name, cancellationToken).ConfigureAwait(false));
        }

        return reads
            ? await ReadAsync([.. parsed.Cast<SelectStatement>()], tables, cancellationToken).ConfigureAwait(false)
            : await WriteAsync(request, parsed, tables, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The plan of a select that may only read one item by its key. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is
    /// another.
    /// </summary>
    public static SelectPlan RequireGet(SelectStatement select, TableDefinition table, string call)
    {
        if (select.IndexName is not null)
        {
            throw KeystoneException.Validation($"Reads on indices are not supported within {call}.");
        }

        var plan = SelectPlan.Of(select, table);
        return plan is { IsGet: true, HoldsRows: false } && select is { Limit: null, Offset: 0 }
            ? plan
            : throw KeystoneException.Validation($"Select statements within {call} must specify the primary key in the where clause.");
    }

    private async ValueTask<ExecuteTransactionResult> ReadAsync(
        SelectStatement[] selects, Dictionary<string, TableDefinition> tables, CancellationToken cancellationToken)
    {
        var gets = new TransactGet[selects.Length];
        for (int i = 0; i < gets.Length; i++)
        {
            SelectPlan plan = Within(i, () => RequireGet(selects[i], tables[selects[i].TableName], "ExecuteTransaction"));
            IReadOnlyList<(string Name, AttributeValue Value)> key = plan.Branches[0].Equal;
            gets[i] = new TransactGet(selects[i].TableName, ItemKey.Of(key[0].Value, key.Count > 1 ? key[1].Value : null));
        }

        var request = new TransactGetItemsRequest(gets);
        TransactGetItemsResult result = await database.TransactGetItemsAsync(request, cancellationToken).ConfigureAwait(false);
        return new ExecuteTransactionResult(
            [.. result.Items.Select((item, i) => item is { } found ? RowShape.Of(selects[i], found.ToItem()) : null)]);
    }

    private async ValueTask<ExecuteTransactionResult> WriteAsync(
        ExecuteTransactionRequest request,
        Statement[] statements,
        Dictionary<string, TableDefinition> tables,
        CancellationToken cancellationToken)
    {
        var writes = new TransactWrite[statements.Length];
        for (int i = 0; i < writes.Length; i++)
        {
            bool returnCurrent = request.Statements[i].ReturnCurrentOnConditionFailure;
            writes[i] = Within(i, () => WriteOf(statements[i], tables[statements[i].TableName])) with
            {
                ReturnCurrentOnConditionFailure = returnCurrent,
            };
        }

        try
        {
            var transaction = new TransactWriteItemsRequest(writes) { ClientRequestToken = request.ClientRequestToken };
            await database.TransactWriteItemsAsync(transaction, cancellationToken).ConfigureAwait(false);
            return new ExecuteTransactionResult([]);
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.TransactionCanceled)
        {
            throw KeystoneException.TransactionCanceled([.. e.CancellationReasons.Select((reason, i) => ReasonOf(reason, statements[i]))]);
        }
    }

    /// <summary>What stood in the way of an insert was another item.</summary>
    private static CancellationReason ReasonOf(CancellationReason reason, Statement statement)
        => statement is InsertStatement && reason.Code == KeystoneErrorCode.ConditionalCheckFailed
            ? reason with { Code = KeystoneErrorCode.DuplicateItem, Message = StatementExecution.DuplicateMessage }
            : reason;

    private static TransactWrite WriteOf(Statement statement, TableDefinition table)
    {
        WritePlan plan;
        switch (statement)
        {
            case InsertStatement insert:
                plan = WritePlan.Of(insert, table);
                return Fill(TransactWrite.Put(plan.TableName, insert.Item.Encode()), plan);
            case UpdateStatement update:
                plan = WritePlan.Of(update, table);
                return update.Returning == ReturnValues.None
                    ? Fill(TransactWrite.Update(plan.TableName, plan.Key, plan.Update!), plan)
                    : throw NoReturning();
            case DeleteStatement delete:
                plan = WritePlan.Of(delete, table);
                return delete.ReturnsOld ? throw NoReturning() : Fill(TransactWrite.Delete(plan.TableName, plan.Key), plan);
            default:
                plan = WritePlan.Of((ExistsStatement)statement, table);
                return Fill(TransactWrite.Check(plan.TableName, plan.Key, plan.Condition!), plan);
        }
    }

    private static TransactWrite Fill(TransactWrite write, WritePlan plan) => write with
    {
        ConditionExpression = plan.Condition,
        ExpressionAttributeNames = plan.Writer.Names,
        ExpressionAttributeValues = plan.Writer.Values,
    };

    private static KeystoneException NoReturning()
        => KeystoneException.Validation("RETURNING is not supported within a transaction");

    /// <summary>What is wrong with one statement, with its place among the others.</summary>
    private static T Within<T>(int place, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (KeystoneException e) when (e.Code == KeystoneErrorCode.ValidationFailed)
        {
            throw new KeystoneException(e.Code, $"Validation failed in TransactStatements[{place}]: {e.Message}", e);
        }
    }
}
