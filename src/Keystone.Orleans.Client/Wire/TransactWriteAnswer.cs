namespace Keystone.Orleans.Client.Wire;

/// <summary>Whether all writes happened.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.transact-written")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record TransactWriteAnswer : KeystoneAnswer
{
    /// <summary>Whether they did: false if the call failed.</summary>
    [Id(0)]
    public bool IsDone { get; init; }
}
