using System.Runtime.CompilerServices;
using Keystone.Model.Items;
using Keystone.Model.PartiQL;
using Keystone.Model.Requests;

namespace Keystone.Model;

/// <summary>
/// PartiQL, on any database. Statements are planned where they are called, and run as the reads and writes that their plans are made of;
/// <c>EXPLAIN</c> before a statement answers its plan.
/// </summary>
public static class KeystoneStatements
{
    /// <summary>
    /// Runs a statement. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for what is none,
    /// <see cref="KeystoneErrorCode.DuplicateItem"/> for an INSERT of a key that is there,
    /// <see cref="KeystoneErrorCode.ConditionalCheckFailed"/> for an UPDATE or a DELETE whose WHERE clause does not hold, and
    /// <see cref="KeystoneErrorCode.LimitExceeded"/> for a select that would have to hold too much.
    /// </summary>
    public static ValueTask<ExecuteStatementResult> ExecuteStatementAsync(
        this IKeystoneDatabase database, ExecuteStatementRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(request);
        return new StatementExecution(database).RunAsync(request, cancellationToken);
    }

    /// <summary>Runs a statement with the values of its question marks, and turns the pages of its answer.</summary>
    public static async IAsyncEnumerable<Item> ExecuteAsync(
        this IKeystoneDatabase database,
        ExecuteStatementRequest request,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? next = request.NextToken;
        do
        {
            ExecuteStatementRequest page = request with { NextToken = next };
            ExecuteStatementResult result = await database.ExecuteStatementAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (EncodedItem item in result.Items)
            {
                yield return item.ToItem();
            }

            next = result.NextToken;
        }
        while (next is not null);
    }

    /// <summary>Runs statements that have nothing to do with each other. One that fails does not keep the others from happening.</summary>
    public static ValueTask<BatchExecuteStatementResult> BatchExecuteStatementAsync(
        this IKeystoneDatabase database, BatchExecuteStatementRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(request);
        return new StatementBatch(database).RunAsync(request, cancellationToken);
    }

    /// <summary>Runs statements as one transaction, all of them or none.</summary>
    public static ValueTask<ExecuteTransactionResult> ExecuteTransactionAsync(
        this IKeystoneDatabase database, ExecuteTransactionRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(request);
        return new StatementTransaction(database).RunAsync(request, cancellationToken);
    }
}
