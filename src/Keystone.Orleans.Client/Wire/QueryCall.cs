namespace Keystone.Orleans.Client.Wire;

/// <summary>Reads one page of the items of one partition.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.query")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record QueryCall : KeystoneCall
{
    /// <summary>The table.</summary>
    [Id(0)]
    public required string Table { get; init; }

    /// <summary>The canonical bytes of the partition key; empty means that the key condition has it.</summary>
    [Id(1)]
    public required Blob Partition { get; init; }

    /// <summary>
    /// The comparison of the sort key, by the numbers of <see cref="Model.Requests.SortKeyOperator"/>; 0 means all sort keys.
    /// </summary>
    [Id(2)]
    public byte SortOperator { get; init; }

    /// <summary>The canonical bytes of a key of the sort value to compare with, or of the lower bound.</summary>
    [Id(3)]
    public Blob SortValue { get; init; }

    /// <summary>The canonical bytes of a key of the upper bound of a range.</summary>
    [Id(4)]
    public Blob SortUpper { get; init; }

    /// <summary>Whether to read from the greatest sort key down.</summary>
    [Id(5)]
    public bool Backward { get; init; }

    /// <summary>The most items to look at; 0 means as many as a page holds.</summary>
    [Id(6)]
    public int Limit { get; init; }

    /// <summary>The canonical bytes of the key behind which the page starts; empty means the beginning.</summary>
    [Id(7)]
    public Blob StartKey { get; init; }

    /// <summary>
    /// The expressions of the read; null means that there are none. A silo that does not know them answers without
    /// <c>HasApplied</c>, and its answer counts for nothing.
    /// </summary>
    [Id(8)]
    public Expressions? Expressions { get; init; }

    /// <summary>
    /// The index to read; null means the items. A silo that does not know indexes answers without <c>HasApplied</c>, and its answer counts
    /// for nothing.
    /// </summary>
    [Id(9)]
    public string? Index { get; init; }

    /// <summary>With the start key, the encoded index attributes of the item behind which the page starts.</summary>
    [Id(10)]
    public Blob StartIndexKey { get; init; }

    /// <summary>Of an index, what is answered, by the numbers of <see cref="Model.Requests.ReadSelect"/>; 0 if it is not said.</summary>
    [Id(11)]
    public byte Select { get; init; }

    /// <summary>Whether the answer has to say that all of the call was understood.</summary>
    internal bool IsShaped => Expressions is not null || Index is not null;
}
