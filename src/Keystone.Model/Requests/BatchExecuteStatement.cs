using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>Runs statements that have nothing to do with each other: all of them read one item each, or all write.</summary>
/// <param name="Statements">The statements, at most <see cref="PartiQL.StatementLimits.BatchStatementsMax"/>.</param>
public sealed record BatchExecuteStatementRequest(IReadOnlyList<BatchStatement> Statements);

/// <summary>One statement of a batch or of a transaction.</summary>
/// <param name="Statement">The text.</param>
public sealed record BatchStatement(string Statement)
{
    /// <inheritdoc cref="ExecuteStatementRequest.Parameters"/>
    public IReadOnlyList<AttributeValue> Parameters { get; init; } = [];

    /// <inheritdoc cref="ExecuteStatementRequest.ConsistentRead"/>
    public bool ConsistentRead { get; init; } = true;

    /// <inheritdoc cref="ExecuteStatementRequest.ReturnCurrentOnConditionFailure"/>
    public bool ReturnCurrentOnConditionFailure { get; init; }
}

/// <summary>What became of each statement, in the order of the request.</summary>
/// <param name="Responses">One for each.</param>
public sealed record BatchExecuteStatementResult(IReadOnlyList<BatchStatementResponse> Responses);

/// <summary>What became of one statement.</summary>
public sealed record BatchStatementResponse
{
    /// <summary>The item that it read or returned, if there is one.</summary>
    public Item? Item { get; init; }

    /// <summary>Why it was not done; null means that it was.</summary>
    public KeystoneException? Error { get; init; }
}
