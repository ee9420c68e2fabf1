namespace Keystone.Storage.Memory;

/// <summary>Where a key is, or would be, in a node as of one version of the node.</summary>
internal struct NodePlace
{
    public uint Version;

    /// <summary>How many keys of the node lie before the key.</summary>
    public int Position;

    public int Count;

    /// <summary>The reference at the position when its key is the very key, else 0.</summary>
    public uint Match;

    /// <summary>The place right behind the key: past the match if there is one.</summary>
    public readonly int PositionBehind => Match == 0 ? Position : Position + 1;
}
