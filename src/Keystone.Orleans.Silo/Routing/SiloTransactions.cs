using Keystone.Database.Owner;
using Keystone.Model.Items;
using Keystone.Orleans.Silo.Nodes;

namespace Keystone.Orleans.Silo.Routing;

/// <summary>Transactions in a database of one node: its disk has every stripe, so it decides about all items of each.</summary>
/// <param name="host">Keeps the disk, which is another one after it was opened anew.</param>
internal sealed class SiloTransactions(NodeHost host) : IStripeTransactions
{
    /// <inheritdoc/>
    public ValueTask TransactWriteAsync(StripeTransaction transaction, CancellationToken cancellationToken = default)
        => host.Disk.TransactWriteAsync(transaction, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<EncodedItem?>> TransactGetAsync(
        IReadOnlyList<StripeGet> gets, CancellationToken cancellationToken = default)
        => host.Disk.TransactGetAsync(gets, cancellationToken);
}
