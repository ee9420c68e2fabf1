namespace Keystone.Model;

/// <summary>
/// Every way in which a call can fail, for callers of the embedded database, of the cluster and of the doors alike.
/// The list is closed and the numbers are part of the wire contract: a member is added at the end of its group, never renumbered.
/// A cancelled call that surely did nothing throws <see cref="OperationCanceledException"/> instead.
/// </summary>
public enum KeystoneErrorCode
{
    /// <summary>A defect in Keystone. Not retryable: the same call would fail again. Report it.</summary>
    Internal = 0,

    /// <summary>The request, an item, a key or a number breaks a rule or a limit. Not retryable: change the request.</summary>
    ValidationFailed = 1,

    /// <summary>The condition of a write did not hold, nothing was written. Not retryable without reading again.</summary>
    ConditionalCheckFailed = 2,

    /// <summary>The named table or index does not exist. Not retryable.</summary>
    ResourceNotFound = 3,

    /// <summary>The table exists already, or is being created, changed or deleted. Not retryable at once: wait for the table.</summary>
    ResourceInUse = 4,

    /// <summary>A limit on tables, indexes or concurrent table operations is reached. Not retryable at once.</summary>
    LimitExceeded = 5,

    /// <summary>Another transaction holds the item, nothing was written. Retryable.</summary>
    TransactionConflict = 6,

    /// <summary>A transaction was cancelled, nothing was written. The reasons say whether a repeat can succeed.</summary>
    TransactionCanceled = 7,

    /// <summary>A request token was used before with other content. Not retryable: take a new token.</summary>
    IdempotentParameterMismatch = 8,

    /// <summary>The caller's credential does not allow the call. Not retryable.</summary>
    AccessDenied = 9,

    /// <summary>The call or an option of it is not offered by this database. Not retryable.</summary>
    NotSupported = 10,

    /// <summary>
    /// Bytes that should be an item, a key or a page are not: damaged in a store, or made by something else. Not retryable.
    /// </summary>
    CorruptItem = 11,

    /// <summary>Changes that a reader of a stream has not read yet are gone: they were older than they are kept.</summary>
    TrimmedData = 12,

    /// <summary>An INSERT met an item that has the key already. Not retryable.</summary>
    DuplicateItem = 13,

    /// <summary>A queue, a budget or a write stall refused the call before it did anything. Retryable after a pause.</summary>
    Overloaded = 20,

    /// <summary>A rate or the backlog of an index refused the call before it did anything. Retryable after a pause.</summary>
    Throttled = 21,

    /// <summary>The owner of the key's stripe does not serve now; nothing was written. Retryable. Names stripe and node.</summary>
    StripeUnavailable = 22,

    /// <summary>
    /// A write was sent and its answer was lost: it has happened or it has not. Never retried blindly: read, or repeat it with a
    /// condition.
    /// </summary>
    OutcomeUnknown = 23,

    /// <summary>A file of the store is damaged. Not retryable: the message names the file.</summary>
    Corrupt = 40,

    /// <summary>The disk failed. Not retryable.</summary>
    Io = 41,

    /// <summary>The disk is full, nothing was written. Not retryable until there is room.</summary>
    DiskFull = 42,

    /// <summary>The store stopped taking writes after a failure and stays so until it is reopened. Not retryable.</summary>
    Poisoned = 43,

    /// <summary>The database has been closed. Not retryable.</summary>
    Closed = 44,

    /// <summary>Another process has the database open. Not retryable at once.</summary>
    DatabaseLocked = 45,

    /// <summary>The path is no Keystone database; nothing there was changed. Not retryable.</summary>
    NotADatabase = 46,

    /// <summary>The database was written by a newer version of Keystone; nothing was changed. Not retryable.</summary>
    NewerFormat = 47,
}
