namespace Keystone.Orleans.Client.Wire;

/// <summary>Writes many items.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-write")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchWriteCall : KeystoneCall
{
    /// <summary>The tables that <see cref="BatchItem.Table"/> counts in.</summary>
    [Id(0)]
    public required string[] Tables { get; init; }

    /// <summary>The writes.</summary>
    [Id(1)]
    public required BatchItem[] Writes { get; init; }
}
