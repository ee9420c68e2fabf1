namespace Keystone.Orleans.Client.Wire;

/// <summary>One read of a transaction.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-key")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactKey
{
    /// <summary>The place of its table among those of the call.</summary>
    [Id(0)]
    public int Table { get; init; }

    /// <summary>The key.</summary>
    [Id(1)]
    public Blob Key { get; init; }

    /// <summary>The projection, or null.</summary>
    [Id(2)]
    public Expressions? Expressions { get; init; }
}
