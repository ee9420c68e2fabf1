namespace Keystone.Orleans.Client.Wire;

/// <summary>Writes one item.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.put")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record PutCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The encoded item.</summary>
    [Id(1)]
    public required Blob Item { get; init; }

    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    [Id(2)]
    public Condition? Condition { get; init; }

    /// <summary>Whether the answer has the item that was replaced.</summary>
    [Id(3)]
    public bool ReturnOld { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    [Id(4)]
    public bool ReturnCurrent { get; init; }
}
