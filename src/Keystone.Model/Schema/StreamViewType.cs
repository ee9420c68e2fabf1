namespace Keystone.Model.Schema;

/// <summary>What a stream has of an item that changed. The numbers are kept in the catalog and never change.</summary>
public enum StreamViewType : byte
{
    /// <summary>Its key attributes.</summary>
    KeysOnly = 1,

    /// <summary>The whole item as it is after the change.</summary>
    NewImage = 2,

    /// <summary>The whole item as it was before the change.</summary>
    OldImage = 3,

    /// <summary>Both.</summary>
    NewAndOldImages = 4,
}
