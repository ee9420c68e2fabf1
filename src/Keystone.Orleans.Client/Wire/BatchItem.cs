namespace Keystone.Orleans.Client.Wire;

/// <summary>One write of a batch: an item to put, or a key to delete.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-item")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchItem
{
    /// <summary>The place of the table in the call's list of tables.</summary>
    [Id(0)]
    public int Table { get; init; }

    /// <summary>The encoded item to put; empty means a delete.</summary>
    [Id(1)]
    public Blob Item { get; init; }

    /// <summary>The canonical bytes of the key to delete; empty means a put.</summary>
    [Id(2)]
    public Blob Key { get; init; }
}
