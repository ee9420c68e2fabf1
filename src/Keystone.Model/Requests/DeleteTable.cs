using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>
/// Removes a table and all its items. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/> if there is none of that name.
/// </summary>
/// <param name="TableName">The table.</param>
public sealed record DeleteTableRequest(string TableName);

/// <summary>The table that goes.</summary>
/// <param name="Table">It as the catalog knew it last.</param>
public sealed record DeleteTableResult(TableDescription Table);
