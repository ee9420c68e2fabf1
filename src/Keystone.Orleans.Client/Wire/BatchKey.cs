namespace Keystone.Orleans.Client.Wire;

/// <summary>One key of a batch get.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-key")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchKey
{
    /// <summary>The place of the table in the call's list of tables.</summary>
    [Id(0)]
    public int Table { get; init; }

    /// <summary>The canonical bytes of the key.</summary>
    [Id(1)]
    public Blob Key { get; init; }
}
