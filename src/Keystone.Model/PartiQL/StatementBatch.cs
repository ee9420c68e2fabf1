using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Model.PartiQL;

/// <summary>Runs the statements of a batch at once. One that fails says so in its place, and the others happen.</summary>
internal sealed class StatementBatch(IKeystoneDatabase database)
{
    private readonly StatementExecution _execution = new(database);

    public async ValueTask<BatchExecuteStatementResult> RunAsync(BatchExecuteStatementRequest request, CancellationToken cancellationToken)
    {
        int count = request.Statements.Count;
        if (count is < 1 or > StatementLimits.BatchStatementsMax)
        {
            throw KeystoneException.Validation(
                "1 validation error detected: Value at 'statements' failed to satisfy constraint: Member must have length from 1 to "
                + $"{StatementLimits.BatchStatementsMax}; it has {count}");
        }

        var parsed = new (Statement? Statement, KeystoneException? Error)[count];
        for (int i = 0; i < count; i++)
        {
            parsed[i] = Parse(request.Statements[i]);
        }

        Statement[] whole = [.. parsed.Where(each => each.Statement is not null).Select(each => each.Statement!)];
        if (whole.Any(statement => statement is SelectStatement) && !whole.All(statement => statement is SelectStatement))
        {
            throw KeystoneException.Validation("BatchExecuteStatement has statements that read and others that write: send them apart");
        }

        return new BatchExecuteStatementResult(await Task.WhenAll(parsed.Select((each, i) => each.Error is null
            ? RunAsync(each.Statement!, request.Statements[i], cancellationToken)
            : Task.FromResult(new BatchStatementResponse { Error = each.Error }))).ConfigureAwait(false));
    }

    private static (Statement? Statement, KeystoneException? Error) Parse(BatchStatement statement)
    {
        try
        {
            Statement parsed = StatementParser.Parse(statement.Statement, statement.Parameters);
            return parsed is ExistsStatement || parsed.IsExplained
                ? (null, StatementError.NotOffered("EXISTS and EXPLAIN do not stand in batches"))
                : (parsed, null);
        }
        catch (KeystoneException e)
        {
            return (null, e);
        }
    }

    private async Task<BatchStatementResponse> RunAsync(Statement statement, BatchStatement asked, CancellationToken cancellationToken)
    {
        try
        {
            TableDefinition table = await _execution.DefinitionOfAsync(statement.TableName, cancellationToken).ConfigureAwait(false);
            return new BatchStatementResponse
            {
                Item = statement is SelectStatement select
                    ? await GetAsync(select, table, asked.ConsistentRead, cancellationToken).ConfigureAwait(false)
                    : await _execution.WriteAsync(statement, table, asked.ReturnCurrentOnConditionFailure, cancellationToken)
                        .ConfigureAwait(false),
            };
        }
        catch (KeystoneException e)
        {
            return new BatchStatementResponse { Error = e };
        }
    }

    private async Task<Item?> GetAsync(
        SelectStatement select, TableDefinition table, bool consistentRead, CancellationToken cancellationToken)
    {
        SelectPlan plan = StatementTransaction.RequireGet(select, table, "BatchExecuteStatement");
        var source = new SelectSource(database, plan, consistentRead);
        SourcePage page = await source.ReadAsync(new SourcePosition(0), null, cancellationToken).ConfigureAwait(false);
        return page.Items.Count == 0 ? null : RowShape.Of(select, page.Items[0].ToItem());
    }
}
