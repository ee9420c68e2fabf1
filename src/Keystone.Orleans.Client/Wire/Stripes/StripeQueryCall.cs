namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Reads one page of a partition of a stripe.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-query")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeQueryCall : KeystoneCall
{
    /// <summary>The id of the table.</summary>
    [Id(0)]
    public uint TableId { get; init; }

    /// <summary>The canonical bytes of a key of the partition.</summary>
    [Id(1)]
    public Blob Partition { get; init; }

    /// <summary>The first sort part that may be in the page.</summary>
    [Id(2)]
    public Blob Lower { get; init; }

    /// <summary>The first sort part behind the page.</summary>
    [Id(3)]
    public Blob Upper { get; init; }

    /// <summary>Whether to read from the greatest sort key down.</summary>
    [Id(4)]
    public bool Backward { get; init; }

    /// <summary>The most items; 0 means as many as a page holds.</summary>
    [Id(5)]
    public int Limit { get; init; }

    /// <summary>The canonical bytes of the key behind which the page starts; empty means the beginning.</summary>
    [Id(6)]
    public Blob StartKey { get; init; }

    /// <summary>
    /// The expressions of the read; null means that there are none. A silo that does not know them answers without
    /// <c>HasApplied</c>, and its answer counts for nothing.
    /// </summary>
    [Id(7)]
    public Expressions? Expressions { get; init; }

    /// <summary>
    /// The number of the index to read; 0 means the items. A silo that does not know indexes answers without <c>HasApplied</c>, and its
    /// answer counts for nothing.
    /// </summary>
    [Id(8)]
    public uint Index { get; init; }

    /// <summary>Whether the items of the entries are answered whole.</summary>
    [Id(9)]
    public bool Whole { get; init; }

    /// <summary>Whether the answer has to say that all of the call was understood.</summary>
    internal bool IsShaped => Expressions is not null || Index != 0;
}
