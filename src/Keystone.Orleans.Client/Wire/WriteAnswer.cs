namespace Keystone.Orleans.Client.Wire;

/// <summary>What a put, an update or a delete did.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.written")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record WriteAnswer : KeystoneAnswer
{
    /// <summary>The epoch of the write's version.</summary>
    [Id(0)]
    public ulong Epoch { get; init; }

    /// <summary>The sequence of the write's version; 0 means that there was nothing to write.</summary>
    [Id(1)]
    public ulong Sequence { get; init; }

    /// <summary>The item that was replaced or deleted, if it was asked for; of an update the attributes that were asked for.</summary>
    [Id(2)]
    public Blob OldItem { get; init; }
}
