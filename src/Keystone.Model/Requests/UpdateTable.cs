using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>
/// Changes a table while it is in use: adds one global index or removes one. An index that is added takes reads when it is filled with the
/// items that were there before, see <see cref="IndexDescription.Backfill"/>. Throws <see cref="KeystoneErrorCode.ResourceInUse"/> while
/// the
/// table is being changed already, but for an index that is being filled, which may be removed; and
/// <see cref="KeystoneErrorCode.ResourceNotFound"/> if there is no such table or index.
/// </summary>
/// <param name="TableName">The table.</param>
public sealed record UpdateTableRequest(string TableName)
{
    /// <summary>The global index to add, or null.</summary>
    public IndexDefinition? CreateIndex { get; init; }

    /// <summary>The name of the global index to remove, or null.</summary>
    public string? DeleteIndex { get; init; }

    /// <summary>Checks what can be checked without the table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate()
    {
        Schema.TableName.Require(TableName);
        if (CreateIndex is null && DeleteIndex is null)
        {
            throw KeystoneException.Validation(
                "At least one of the changes of a table is required: an index to add or the name of one to remove");
        }

        if (CreateIndex is not null && DeleteIndex is not null)
        {
            throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        }

        if (CreateIndex is { Kind: IndexKind.Local })
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: {CreateIndex.Name} is a local index, which a table has from its making on");
        }
    }
}

/// <summary>The table that is being changed.</summary>
/// <param name="Table">It as the catalog knows it now; an index that is removed is in it for the last time.</param>
public sealed record UpdateTableResult(TableDescription Table);
