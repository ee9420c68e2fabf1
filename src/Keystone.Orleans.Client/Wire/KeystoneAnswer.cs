namespace Keystone.Orleans.Client.Wire;

/// <summary>
/// What every answer carries beside its result. A call that failed in a way its caller can act on is an answer, not an exception of the
/// grain call.
/// </summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.answer")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public abstract record KeystoneAnswer
{
    /// <summary>Why the call failed; null means that it did not, and only then the other members say anything.</summary>
    [Id(0)]
    public CallFailure? Failure { get; init; }

    /// <summary>The catalog version of whoever answered; 0 means that it does not say.</summary>
    [Id(1)]
    public ulong CatalogVersion { get; init; }
}
