namespace Keystone.Orleans.Client.Wire;

/// <summary>Reads many items.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.batch-get")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record BatchGetCall : KeystoneCall
{
    /// <summary>The tables that <see cref="BatchKey.Table"/> counts in.</summary>
    [Id(0)]
    public required string[] Tables { get; init; }

    /// <summary>The keys.</summary>
    [Id(1)]
    public required BatchKey[] Keys { get; init; }

    /// <summary>
    /// Of each table which attributes are answered, null for all; null if all are of all tables. A silo that does not know it answers
    /// without
    /// <c>HasApplied</c>, and its answer counts for nothing.
    /// </summary>
    [Id(2)]
    public Expressions?[]? Projections { get; init; }
}
