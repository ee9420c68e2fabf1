using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Database.Catalog;

/// <summary>
/// The catalog of tables as callers see it. Its one writer is the owner of stripe 0; everywhere else is a copy, which can be behind.
/// Requests carry the version that they were made under.
/// </summary>
public interface ICatalog
{
    /// <summary>The newest version that is known here. Read without a lock.</summary>
    CatalogSnapshot Current { get; }

    /// <summary>Asks for a version newer than the one that left the caller without an answer; gives back what is newest.</summary>
    ValueTask<CatalogSnapshot> RefreshAsync(ulong staleVersion, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes a table. Throws <see cref="KeystoneErrorCode.ResourceInUse"/> if there is one of the name,
    /// <see cref="KeystoneErrorCode.LimitExceeded"/> if there are too many.
    /// </summary>
    ValueTask<TableDescription> CreateTableAsync(TableDefinition definition, CancellationToken cancellationToken = default);

    /// <summary>Changes a table, see <see cref="UpdateTableRequest"/>.</summary>
    ValueTask<TableDescription> UpdateTableAsync(UpdateTableRequest request, CancellationToken cancellationToken = default);

    /// <summary>What is known of a table, with what changes from moment to moment.</summary>
    TableDescription Describe(CatalogTable table);

    /// <summary>
    /// Removes a table and its items, and goes on with a removal that was interrupted. Throws
    /// <see cref="KeystoneErrorCode.ResourceNotFound"/>.
    /// </summary>
    ValueTask<TableDescription> DeleteTableAsync(string name, CancellationToken cancellationToken = default);
}
