using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>Makes a table. Throws <see cref="KeystoneErrorCode.ResourceInUse"/> if there is one of that name.</summary>
/// <param name="Table">What the table is to be.</param>
public sealed record CreateTableRequest(TableDefinition Table);

/// <summary>The table that was made.</summary>
/// <param name="Table">It as the catalog knows it.</param>
public sealed record CreateTableResult(TableDescription Table);
