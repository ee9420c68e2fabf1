namespace Keystone.Storage.Entries;

/// <summary>What an operation did. The numbers are part of every format; 3 to 15 are reserved.</summary>
internal enum EntryKind : byte
{
    /// <summary>The key has this value from here on.</summary>
    Put = 0,

    /// <summary>The key does not exist from here on.</summary>
    Delete = 1,

    /// <summary>No key of a range exists from here on. In the log only: a View and the manifest keep it as a drop mark.</summary>
    Drop = 2,
}
