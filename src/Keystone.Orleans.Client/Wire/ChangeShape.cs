namespace Keystone.Orleans.Client.Wire;

/// <summary>One change of one item.</summary>
[GenerateSerializer]
[Immutable]
[Alias("ks.change")]
[SuppressReferenceTracking]
[OmitDefaultMemberValues]
public sealed record ChangeShape
{
    /// <summary>Where it stands.</summary>
    [Id(0)]
    public ulong Number { get; init; }

    /// <summary>What became of the item, by the numbers of <see cref="Model.Streams.ChangeKind"/>.</summary>
    [Id(1)]
    public byte Kind { get; init; }

    /// <summary>The key attributes.</summary>
    [Id(2)]
    public Blob Key { get; init; }

    /// <summary>The item before, or nothing.</summary>
    [Id(3)]
    public Blob Old { get; init; }

    /// <summary>The item after, or nothing.</summary>
    [Id(4)]
    public Blob New { get; init; }

    /// <summary>Whether the service itself removed the item.</summary>
    [Id(5)]
    public bool IsByService { get; init; }
}
