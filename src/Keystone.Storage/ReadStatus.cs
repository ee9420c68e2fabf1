namespace Keystone.Storage;

/// <summary>How a point read ended.</summary>
public enum ReadStatus
{
    /// <summary>The key exists; its value was copied or lent.</summary>
    Found = 0,

    /// <summary>The key does not exist.</summary>
    NotFound = 1,

    /// <summary>The answer lies on the disk, and the call may not wait for it. Ask the asynchronous form.</summary>
    NeedsDisk = 2,

    /// <summary>The stripe is not in service here under the epoch of the request.</summary>
    NotServing = 3,

    /// <summary>The key exists, but its value is longer than the destination; its length is told.</summary>
    DestinationTooSmall = 4,
}

/// <summary>The answer to a point read.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="ValueBytes">The length of the value, when there is one.</param>
/// <param name="Sequence">The sequence of the version, when there is one.</param>
public readonly record struct ReadResult(ReadStatus Status, int ValueBytes, ulong Sequence);
