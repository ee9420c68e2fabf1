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

    /// <summary>What the stream to enable has, by the numbers of <see cref="Model.Schema.StreamViewType"/>; 0 for none.</summary>
    [Id(3)]
    public byte EnableStream { get; init; }

    /// <summary>Whether to disable the stream.</summary>
    [Id(4)]
    public bool DisableStream { get; init; }

    /// <summary>The attribute by which items shall expire, or null.</summary>
    [Id(5)]
    public string? EnableTimeToLive { get; init; }

    /// <summary>The attribute by which items shall expire no more, or null.</summary>
    [Id(6)]
    public string? DisableTimeToLive { get; init; }
}
