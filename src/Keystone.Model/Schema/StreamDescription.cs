namespace Keystone.Model.Schema;

/// <summary>A stream of a table's changes as the catalog knows it.</summary>
/// <param name="Id">Its number, which no table, index or other stream of this database ever has.</param>
/// <param name="View">What it has of an item that changed.</param>
/// <param name="Created">When it was enabled; no two streams of a table have the same time, to the millisecond.</param>
/// <param name="ShardCount">Into how many shards it is divided, for ever.</param>
public sealed record StreamDescription(uint Id, StreamViewType View, DateTimeOffset Created, int ShardCount)
{
    /// <summary>When it was disabled; null while changes come in. What it has can be read for as long as any change can.</summary>
    public DateTimeOffset? Disabled { get; init; }
}
