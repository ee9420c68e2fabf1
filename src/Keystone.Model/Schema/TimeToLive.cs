namespace Keystone.Model.Schema;

/// <summary>How a table's items expire.</summary>
/// <param name="Attribute">
/// The attribute with the time from which an item may be removed: a number, seconds since 1970. Items without it, and those whose time lies
/// more than five years back, stay.
/// </param>
/// <param name="Id">Its number, which no table, index or stream of this database ever has.</param>
/// <param name="Status">What it is ready for.</param>
public sealed record TimeToLiveDescription(string Attribute, uint Id, TimeToLiveStatus Status);

/// <summary>What the expiry of items is ready for. The numbers are kept in the catalog and never change.</summary>
public enum TimeToLiveStatus : byte
{
    /// <summary>The items that were there before are being looked at; those that were written since expire.</summary>
    Enabling = 1,

    /// <summary>Items expire.</summary>
    Enabled = 2,

    /// <summary>Items do not expire any more, and what is known of their times is being removed.</summary>
    Disabling = 3,
}
