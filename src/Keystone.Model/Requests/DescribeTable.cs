using Keystone.Model.Schema;

namespace Keystone.Model.Requests;

/// <summary>Asks what a table is. Throws <see cref="KeystoneErrorCode.ResourceNotFound"/> if there is none of that name.</summary>
/// <param name="TableName">The table.</param>
public sealed record DescribeTableRequest(string TableName);

/// <summary>The table that was asked for.</summary>
/// <param name="Table">It as the catalog knows it.</param>
public sealed record DescribeTableResult(TableDescription Table);
