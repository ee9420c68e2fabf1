namespace Keystone.Orleans.Client.Wire;

/// <summary>Asks what a table is.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.describe-table")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record DescribeTableCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }
}
