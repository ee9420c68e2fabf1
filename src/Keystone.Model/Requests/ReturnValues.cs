namespace Keystone.Model.Requests;

/// <summary>Which attributes a write answers with. The numbers are part of the wire contract.</summary>
public enum ReturnValues : byte
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The whole item as it was before.</summary>
    AllOld = 1,

    /// <summary>What the update changed, as it was before.</summary>
    UpdatedOld = 2,

    /// <summary>The whole item as it is now.</summary>
    AllNew = 3,

    /// <summary>What the update changed, as it is now.</summary>
    UpdatedNew = 4,
}
