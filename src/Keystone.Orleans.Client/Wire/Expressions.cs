namespace Keystone.Orleans.Client.Wire;

/// <summary>The expressions of a request as its caller wrote them, with what their placeholders stand for.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.expressions")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record Expressions
{
    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    [Id(0)]
    public string? Condition { get; init; }

    /// <summary>What is changed; null means nothing.</summary>
    [Id(1)]
    public string? Update { get; init; }

    /// <summary>An encoded item of texts: names by placeholder; empty means that there are none.</summary>
    [Id(2)]
    public Blob Names { get; init; }

    /// <summary>An encoded item: values by placeholder; empty means that there are none.</summary>
    [Id(3)]
    public Blob Values { get; init; }

    /// <summary>Which keys a query reads; null means that the call says so otherwise.</summary>
    [Id(4)]
    public string? KeyCondition { get; init; }

    /// <summary>Which of the items that are read are answered; null means all.</summary>
    [Id(5)]
    public string? Filter { get; init; }

    /// <summary>Which attributes are answered; null means all.</summary>
    [Id(6)]
    public string? Projection { get; init; }

    /// <summary>Whether only the count of the items is answered.</summary>
    [Id(7)]
    public bool CountOnly { get; init; }
}
