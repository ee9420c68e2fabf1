namespace Keystone.Model.Schema;

/// <summary>What a table is ready for. The numbers are kept in the catalog and never change.</summary>
public enum TableStatus : byte
{
    /// <summary>It is being made and takes no items yet.</summary>
    Creating = 1,

    /// <summary>It takes every call.</summary>
    Active = 2,

    /// <summary>It takes items while its definition changes.</summary>
    Updating = 3,

    /// <summary>It is being removed and takes no calls.</summary>
    Deleting = 4,
}
