namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Writes or deletes one item of a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-write")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeWriteCall : KeystoneCall
{
    /// <summary>The id of the table.</summary>
    [Id(0)]
    public uint TableId { get; init; }

    /// <summary>The encoded item to put; empty means a delete.</summary>
    [Id(1)]
    public Blob Item { get; init; }

    /// <summary>The canonical bytes of the key to delete; empty means a put.</summary>
    [Id(2)]
    public Blob Key { get; init; }

    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    [Id(3)]
    public Condition? Condition { get; init; }

    /// <summary>Whether the answer has the item that was replaced or deleted.</summary>
    [Id(4)]
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    [Id(5)]
    public bool ReturnCurrent { get; init; }
}
