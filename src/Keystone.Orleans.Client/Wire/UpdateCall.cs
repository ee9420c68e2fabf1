namespace Keystone.Orleans.Client.Wire;

/// <summary>Changes attributes of one item, or makes it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.update")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record UpdateCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The canonical bytes of the item's key.</summary>
    [Id(1)]
    public required Blob Key { get; init; }

    /// <summary>What must hold for the update to happen beside the condition expression; null means nothing.</summary>
    [Id(2)]
    public Condition? Condition { get; init; }

    /// <summary>The update and its condition.</summary>
    [Id(3)]
    public required Expressions Expressions { get; init; }

    /// <summary>Which attributes the answer has, by the numbers of <see cref="Model.Requests.ReturnValues"/>.</summary>
    [Id(4)]
    public byte ReturnValues { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    [Id(5)]
    public bool ReturnCurrent { get; init; }
}
