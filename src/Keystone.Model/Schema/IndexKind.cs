namespace Keystone.Model.Schema;

/// <summary>Where the entries of an index lie. The numbers are kept in the catalog and never change.</summary>
public enum IndexKind : byte
{
    /// <summary>With the items of their partition, ordered by another attribute.</summary>
    Local = 1,

    /// <summary>In partitions of the index's own.</summary>
    Global = 2,
}

/// <summary>Which attributes an index has. The numbers are kept in the catalog and never change.</summary>
public enum IndexProjectionKind : byte
{
    /// <summary>All of the item.</summary>
    All = 1,

    /// <summary>The key attributes of the table and of the index.</summary>
    KeysOnly = 2,

    /// <summary>The key attributes and those that are named.</summary>
    Include = 3,
}

/// <summary>What an index is ready for. The numbers are kept in the catalog and never change.</summary>
public enum IndexStatus : byte
{
    /// <summary>It is written to, and filled with the items that were there before. It takes no reads.</summary>
    Creating = 1,

    /// <summary>It takes every call.</summary>
    Active = 2,

    /// <summary>It is being removed and takes no calls.</summary>
    Deleting = 3,
}
