namespace Keystone.Orleans.Client.Wire.Stripes;

/// <summary>Reads one page of what a stripe has of a table.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.stripe-scan")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record StripeScanCall : KeystoneCall
{
    /// <summary>The id of the table.</summary>
    [Id(0)]
    public uint TableId { get; init; }

    /// <summary>The first hash to read.</summary>
    [Id(1)]
    public ulong HashFrom { get; init; }

    /// <summary>The first hash behind those to read.</summary>
    [Id(2)]
    public ulong HashTo { get; init; }

    /// <summary>The most items; 0 means as many as the page holds.</summary>
    [Id(3)]
    public int Limit { get; init; }

    /// <summary>The most bytes of items.</summary>
    [Id(4)]
    public int BytesMax { get; init; }

    /// <summary>Whether the first item is taken however many bytes it has.</summary>
    [Id(5)]
    public bool TakesFirst { get; init; }

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
