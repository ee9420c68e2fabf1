namespace Keystone.Orleans.Client.Wire;

/// <summary>The expressions of a write as its caller wrote them, with what their placeholders stand for.</summary>
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
}
