namespace Keystone.Orleans.Client.Wire;

/// <summary>Why one item of a transaction cancelled it.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.reason")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ReasonShape
{
    /// <summary>The kind, by the numbers of <see cref="Model.KeystoneErrorCode"/>; null if it did not.</summary>
    [Id(0)]
    public int? Code { get; init; }

    /// <summary>What was wrong, or null.</summary>
    [Id(1)]
    public string? Message { get; init; }

    /// <summary>The item that is there, if it was asked for.</summary>
    [Id(2)]
    public Blob Item { get; init; }
}
