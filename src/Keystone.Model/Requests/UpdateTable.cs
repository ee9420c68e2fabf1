using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>
/// Changes a table while it is in use. One change at a time: a global index is added or removed, a stream enabled or disabled, the expiry
/// of
/// items enabled or disabled. An index that is added takes reads when it is filled with the items that were there before, see
/// <see cref="IndexDescription.Backfill"/>. Throws <see cref="KeystoneErrorCode.ResourceInUse"/> while the table is being changed already,
/// but
/// for an index that is being filled, which may be removed; <see cref="KeystoneErrorCode.ResourceNotFound"/> if there is no such table or
/// index; <see cref="KeystoneErrorCode.ValidationFailed"/> if what is to be is so already.
/// </summary>
/// <param name="TableName">The table.</param>
public sealed record UpdateTableRequest(string TableName)
{
    /// <summary>The longest name of an attribute with a time.</summary>
    public const int TimeToLiveNameMax = 255;

    /// <summary>The global index to add, or null.</summary>
    public IndexDefinition? CreateIndex { get; init; }

    /// <summary>The name of the global index to remove, or null.</summary>
    public string? DeleteIndex { get; init; }

    /// <summary>What the stream to enable has of an item, or null.</summary>
    public StreamViewType? EnableStream { get; init; }

    /// <summary>Whether to disable the stream.</summary>
    public bool DisableStream { get; init; }

    /// <summary>The attribute with the time from which an item may be removed, or null.</summary>
    public string? EnableTimeToLive { get; init; }

    /// <summary>The attribute by which items shall expire no more, or null.</summary>
    public string? DisableTimeToLive { get; init; }

    /// <summary>Checks what can be checked without the table. Throws <see cref="KeystoneErrorCode.ValidationFailed"/>.</summary>
    public void Validate()
    {
        Schema.TableName.Require(TableName);
        RequireOneChange();
        if (CreateIndex is { Kind: IndexKind.Local })
        {
            throw KeystoneException.Validation(
                $"One or more parameter values were invalid: {CreateIndex.Name} is a local index, which a table has from its making on");
        }

        if (EnableStream is { } view && !Enum.IsDefined(view))
        {
            throw KeystoneException.Validation($"{(int)view} is no view type of a stream");
        }

        if ((EnableTimeToLive ?? DisableTimeToLive) is { Length: 0 or > TimeToLiveNameMax } name)
        {
            throw KeystoneException.Validation(
                $"1 validation error detected: Value '{name}' at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: "
                + $"Member must have length from 1 to {TimeToLiveNameMax}");
        }
    }

    private void RequireOneChange()
    {
        bool[] changes =
        [
            CreateIndex is not null, DeleteIndex is not null, EnableStream is not null, DisableStream, EnableTimeToLive is not null,
            DisableTimeToLive is not null,
        ];
        if (CreateIndex is not null && DeleteIndex is not null)
        {
            throw new KeystoneException(
                KeystoneErrorCode.LimitExceeded,
                "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table");
        }

        int count = changes.Count(change => change);
        if (count != 1)
        {
            throw KeystoneException.Validation(
                "A change of a table is one of: an index added or removed, a stream or the expiry of items enabled or disabled; "
                + $"{count} were asked for");
        }
    }
}

/// <summary>The table that is being changed.</summary>
/// <param name="Table">It as the catalog knows it now; an index that is removed is in it for the last time.</param>
public sealed record UpdateTableResult(TableDescription Table);
