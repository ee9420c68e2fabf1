namespace Keystone.Orleans.Client.Wire;

/// <summary>Why a call failed.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.failure")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record CallFailure
{
    /// <summary>The kind, by the numbers of <see cref="Model.KeystoneErrorCode"/>.</summary>
    [Id(0)]
    public required int Code { get; init; }

    /// <summary>What was wrong, with what value, and what to do.</summary>
    [Id(1)]
    public required string Message { get; init; }

    /// <summary>With a failed condition: the item that is there, if it was asked for.</summary>
    [Id(2)]
    public Blob CurrentItem { get; init; }

    /// <summary>The stripe that is not served, or null.</summary>
    [Id(3)]
    public int? Stripe { get; init; }

    /// <summary>The node that owns the stripe, or null.</summary>
    [Id(4)]
    public string? Node { get; init; }

    /// <summary>With a cancelled transaction: a reason for each of its items.</summary>
    [Id(5)]
    public ReasonShape[]? Reasons { get; init; }
}
