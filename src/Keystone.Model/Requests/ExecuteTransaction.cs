using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>
/// Runs statements as one transaction: all of them read one item each, or all write or are <c>EXISTS(SELECT ...)</c>, which is a condition
/// of the whole.
/// </summary>
/// <param name="Statements">The statements, at most <see cref="Schema.ItemLimits.TransactionItemsMax"/>.</param>
public sealed record ExecuteTransactionRequest(IReadOnlyList<BatchStatement> Statements)
{
    /// <inheritdoc cref="TransactWriteItemsRequest.ClientRequestToken"/>
    public string? ClientRequestToken { get; init; }
}

/// <summary>What a transaction of statements read.</summary>
/// <param name="Items">Of each select its item, or null where there is none; empty after writes.</param>
public sealed record ExecuteTransactionResult(IReadOnlyList<Item?> Items);
