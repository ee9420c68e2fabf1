using Keystone.Model.Items;

namespace Keystone.Database.Owner;

/// <summary>What the owner of all stripes of a transaction does: decides about its items together.</summary>
public interface IStripeTransactions
{
    /// <summary>Writes all items or none. Throws TransactionCanceled, or IdempotentParameterMismatch for its token.</summary>
    ValueTask TransactWriteAsync(StripeTransaction transaction, CancellationToken cancellationToken = default);

    /// <summary>Reads items as they are at one moment, in their order; null where there is none.</summary>
    ValueTask<IReadOnlyList<EncodedItem?>> TransactGetAsync(IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default);
}

/// <summary>Writes that all happen or not at all.</summary>
/// <param name="Writes">The writes, each of another item. The stripe of the first is the home of the transaction.</param>
/// <param name="Token">By which a repeat is known, or null.</param>
public sealed record StripeTransaction(IReadOnlyList<StripeWrite> Writes, string? Token);
