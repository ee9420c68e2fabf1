namespace Keystone.Orleans.Client.Wire;

/// <summary>Changes a table that is in use.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.update-table")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record UpdateTableCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The global index to add, or null.</summary>
    [Id(1)]
    public IndexShape? CreateIndex { get; init; }

    /// <summary>The name of the global index to remove, or null.</summary>
    [Id(2)]
    public string? DeleteIndex { get; init; }
}
