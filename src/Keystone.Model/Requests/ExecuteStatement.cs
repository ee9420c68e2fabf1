using Keystone.Model.Items;
using Keystone.Model.PartiQL;

namespace Keystone.Model.Requests;

/// <summary>Runs one statement of PartiQL, DynamoDB's dialect with KeystoneDB's additions.</summary>
/// <param name="Statement">The text: <c>SELECT name FROM "users" WHERE id = ?</c>.</param>
public sealed record ExecuteStatementRequest(string Statement)
{
    /// <summary>The values of its question marks, in their order.</summary>
    public IReadOnlyList<AttributeValue> Parameters { get; init; } = [];

    /// <summary>Whether a read must see every write answered before it. Reads do so today in either case.</summary>
    public bool ConsistentRead { get; init; } = true;

    /// <summary>
    /// The most items to look at for this answer; null means as many as a page holds. A select that has to see all items before it
    /// answers looks at all of them.
    /// </summary>
    public int? Limit { get; init; }

    /// <summary>Where the answer before ended; of the same statement with the same parameters. Null means the beginning.</summary>
    public string? NextToken { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    public bool ReturnCurrentOnConditionFailure { get; init; }

    /// <summary>
    /// The most bytes of items or groups that the statement may hold to order or count them; beyond it is
    /// <see cref="KeystoneErrorCode.LimitExceeded"/>.
    /// </summary>
    public int HeldBytesMax { get; init; } = StatementLimits.HeldBytesMax;
}

/// <summary>What a statement answers.</summary>
/// <param name="Items">The rows of a select, or what a write returns; perhaps none.</param>
/// <param name="NextToken">Where to go on; null means that there is no more. A page may be without rows, and not the last.</param>
public sealed record ExecuteStatementResult(IReadOnlyList<EncodedItem> Items, string? NextToken = null)
{
    /// <summary>What kind of statement it was.</summary>
    public StatementKind Kind { get; init; }

    /// <summary>How many items were looked at for this answer.</summary>
    public long ScannedCount { get; init; }
}

/// <summary>What a statement does.</summary>
public enum StatementKind
{
    /// <summary>It reads, or explains.</summary>
    Select = 0,

    /// <summary>It writes an item that is not there yet.</summary>
    Insert = 1,

    /// <summary>It changes an item.</summary>
    Update = 2,

    /// <summary>It deletes an item.</summary>
    Delete = 3,
}
