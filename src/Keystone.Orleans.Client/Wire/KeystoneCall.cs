namespace Keystone.Orleans.Client.Wire;

/// <summary>
/// What every call carries beside its operation. Members at their defaults take no bytes. Members are added with new numbers and never
/// renumbered; a silo that does not know one skips it. Whoever makes a call fills it in before sending it; from then on it does not change.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.call")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public abstract record KeystoneCall
{
    /// <summary>The name of the database; null means the cluster's only one.</summary>
    [Id(0)]
    public string? Database { get; set; }

    /// <summary>
    /// The epoch of the stripe that the sender knows; 0 means that it knows none. A stripe refuses another epoch than its own.
    /// </summary>
    [Id(1)]
    public ulong Epoch { get; set; }

    /// <summary>The catalog version that the call was checked against; 0 means that the sender checked nothing.</summary>
    [Id(2)]
    public ulong CatalogVersion { get; set; }

    /// <summary>The sender's session, a random id; empty means that repeats are not recognized.</summary>
    [Id(3)]
    public Guid Session { get; set; }

    /// <summary>The number of the call within its session, from 1.</summary>
    [Id(4)]
    public ulong RequestNumber { get; set; }

    /// <summary>The lowest number of the session whose answer the sender still waits for.</summary>
    [Id(5)]
    public ulong LowestOpenNumber { get; set; }

    /// <summary>Whether a read must see every write answered before it.</summary>
    [Id(6)]
    public bool ConsistentRead { get; set; }

    /// <summary>How long the sender waits, from its sending on, in milliseconds; 0 means that it does not say.</summary>
    [Id(7)]
    public uint DeadlineMilliseconds { get; set; }

    /// <summary>What the sender proves its rights with; empty means nothing.</summary>
    [Id(8)]
    public Blob Credential { get; set; }
}
