namespace Keystone.Orleans.Client.Wire;

/// <summary>One write of a transaction.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-item")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactItem
{
    /// <summary>What becomes of the item, by the numbers of <see cref="Model.Requests.TransactWriteKind"/>.</summary>
    [Id(0)]
    public byte Kind { get; init; }

    /// <summary>The place of its table among those of the call.</summary>
    [Id(1)]
    public int Table { get; init; }

    /// <summary>The item to put, or nothing.</summary>
    [Id(2)]
    public Blob Item { get; init; }

    /// <summary>The key of the item, or nothing for a put.</summary>
    [Id(3)]
    public Blob Key { get; init; }

    /// <summary>Condition and update, or null.</summary>
    [Id(4)]
    public Expressions? Expressions { get; init; }

    /// <summary>Whether a failed condition answers with the item that is there.</summary>
    [Id(5)]
    public bool ReturnCurrent { get; init; }
}
