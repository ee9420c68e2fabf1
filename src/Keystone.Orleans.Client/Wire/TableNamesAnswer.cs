namespace Keystone.Orleans.Client.Wire;

/// <summary>One page of the names of tables.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.table-names")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TableNamesAnswer : KeystoneAnswer
{
    /// <summary>The names.</summary>
    [Id(0)]
    public string[] Names { get; init; } = [];

    /// <summary>The name behind which to go on; null means that there is no more.</summary>
    [Id(1)]
    public string? LastName { get; init; }
}
