namespace Keystone.Orleans.Client.Wire.Maintenance;

/// <summary>What a part of a verification found.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-verified")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record VerifyStripeAnswer : KeystoneAnswer
{
    /// <summary>Table files that were read.</summary>
    [Id(0)]
    public int Files { get; init; }

    /// <summary>Bytes of them.</summary>
    [Id(1)]
    public long Bytes { get; init; }

    /// <summary>What is damaged: file, offset, what is wrong there.</summary>
    [Id(2)]
    public string[] Damages { get; init; } = [];

    /// <summary>The last file that was read.</summary>
    [Id(3)]
    public long LastFile { get; init; }

    /// <summary>Whether there is no next part.</summary>
    [Id(4)]
    public bool IsComplete { get; init; }
}
