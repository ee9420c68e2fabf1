namespace Keystone.Orleans.Client.Wire;

/// <summary>Asks for one page of the names of tables.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.list-tables")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ListTablesCall : KeystoneCall
{
    /// <summary>The name behind which the page starts; null means the beginning.</summary>
    [Id(0)]
    public string? StartTable { get; init; }

    /// <summary>The most names; 0 means as many as a page holds.</summary>
    [Id(1)]
    public int Limit { get; init; }
}
