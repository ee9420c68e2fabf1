namespace Keystone.Orleans.Client.Wire;

/// <summary>Deletes one item.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.delete")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record DeleteCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The canonical bytes of the item's key.</summary>
    [Id(1)]
    public required Blob Key { get; init; }

    /// <summary>What must hold for the delete to happen; null means nothing.</summary>
    [Id(2)]
    public Condition? Condition { get; init; }

    /// <summary>Whether the answer has the item that was deleted.</summary>
    [Id(3)]
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    [Id(4)]
    public bool ReturnCurrent { get; init; }
}
