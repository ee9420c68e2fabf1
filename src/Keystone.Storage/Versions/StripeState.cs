namespace Keystone.Storage.Versions;

/// <summary>Whether a stripe takes requests here.</summary>
public enum StripeState
{
    /// <summary>This disk has no claim on the stripe.</summary>
    Absent = 0,

    /// <summary>Its files are arriving from another disk; nothing is served yet.</summary>
    Installing = 1,

    /// <summary>In service under the epoch of its claim.</summary>
    Serving = 2,

    /// <summary>Claimed, but not in service: not taken yet, or given back.</summary>
    Sealed = 3,

    /// <summary>The store failed; the stripe can be read but not written until the store is opened anew.</summary>
    Poisoned = 4,
}
