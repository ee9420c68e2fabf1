namespace Keystone.Storage;

/// <summary>What must hold before a write is acknowledged.</summary>
public enum WriteDurability
{
    /// <summary>The write is on stable storage: it survives power loss.</summary>
    Synced = 0,

    /// <summary>The write was handed to the operating system: it survives the end of the process, not that of the machine.</summary>
    Buffered = 1,
}

/// <summary>How a write ended.</summary>
public enum WriteStatus
{
    /// <summary>It is in force, as durable as was asked for.</summary>
    Committed = 0,

    /// <summary>The plan refused it after looking at what is there. What it looked at is as durable as was asked for.</summary>
    Refused = 1,

    /// <summary>A stripe is not in service here under the epoch of the request. Nothing was written.</summary>
    NotServing = 2,
}

/// <summary>The answer to a write.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Sequence">When committed, the sequence of the first operation in the first stripe of the batch.</param>
public readonly record struct WriteResult(WriteStatus Status, ulong Sequence);

/// <summary>A stripe and the epoch of the claim under which the caller acts. The gate lets nothing pass under another epoch.</summary>
public readonly record struct StripeClaim(int Stripe, ulong Epoch);
