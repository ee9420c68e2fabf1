namespace Keystone.Storage;

/// <summary>Everything that can go wrong in the engine, as a closed list. Callers decide by the code, people read the message.</summary>
public enum StoreErrorCode
{
    /// <summary>The operating system refused or failed a call on a file.</summary>
    Io = 1,

    /// <summary>The disk is full. Writes wait or fail; nothing that was acknowledged is affected.</summary>
    DiskFull = 2,

    /// <summary>The process has no file descriptors left, or got no thread, which needs some.</summary>
    TooManyOpenFiles = 3,

    /// <summary>Bytes on disk are not what was written there. The message names file and offset.</summary>
    Corrupt = 4,

    /// <summary>The store was closed, or is closing.</summary>
    Closed = 5,

    /// <summary>A log or manifest write failed: the store refuses writes until it is opened anew.</summary>
    Poisoned = 6,

    /// <summary>The directory is in use by another process.</summary>
    Locked = 7,

    /// <summary>The directory holds no store.</summary>
    NotFound = 8,

    /// <summary>A store was to be created where one exists already.</summary>
    AlreadyExists = 9,

    /// <summary>The store was written by a newer version than this one.</summary>
    NewerFormat = 10,

    /// <summary>A key, value, batch or option is outside of the limits of the engine.</summary>
    LimitExceeded = 11,

    /// <summary>The stripe is not in service here, or under another epoch.</summary>
    NotServing = 12,

    /// <summary>A background job ended with an error that nobody foresaw. What it threw is the inner exception.</summary>
    JobFailed = 13,

    /// <summary>The store is encrypted and no key ring was given, or one that lacks a key that is needed.</summary>
    KeyMissing = 14,

    /// <summary>The store is encrypted under another key than the one that the ring has by this name.</summary>
    KeyWrong = 15,

    /// <summary>A key ring was given for a store that was made without encryption.</summary>
    NotEncrypted = 16,

    /// <summary>What was given as a key ring is none.</summary>
    KeyRingInvalid = 17,
}
