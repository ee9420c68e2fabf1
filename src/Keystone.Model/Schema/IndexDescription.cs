namespace Keystone.Model.Schema;

/// <summary>An index as the catalog knows it.</summary>
/// <param name="Definition">What it was made from.</param>
/// <param name="Id">
/// Of a global index its number, which no other table or index of this database ever has; of a local one its number within its table.
/// </param>
/// <param name="Status">What it is ready for.</param>
public sealed record IndexDescription(IndexDefinition Definition, uint Id, IndexStatus Status)
{
    /// <summary>How far it is filled, while it is being filled.</summary>
    public BackfillProgress? Backfill { get; init; }
}
