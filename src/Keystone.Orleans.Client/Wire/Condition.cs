namespace Keystone.Orleans.Client.Wire;

/// <summary>What must hold of the item in the store for a write to happen.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.condition")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record Condition
{
    /// <summary>The kind, by the numbers of <see cref="Model.Requests.WriteConditionKind"/>.</summary>
    [Id(0)]
    public required byte Kind { get; init; }

    /// <summary>The epoch of the version that the item must have.</summary>
    [Id(1)]
    public ulong Epoch { get; init; }

    /// <summary>The sequence of the version that the item must have.</summary>
    [Id(2)]
    public ulong Sequence { get; init; }

    /// <summary>With a kind that says so: the expression that must hold.</summary>
    [Id(3)]
    public Expressions? Expressions { get; init; }
}
