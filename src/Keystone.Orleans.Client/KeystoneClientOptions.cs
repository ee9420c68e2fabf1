namespace Keystone.Orleans.Client;

/// <summary>How a client talks to its cluster.</summary>
public sealed class KeystoneClientOptions
{
    /// <summary>The database of the cluster to use; null means its only one.</summary>
    public string? Database { get; set; }

    /// <summary>
    /// How long a call may take, sent along so that nobody works for a caller who has gone; zero means that it is not said. The wait itself
    /// is bounded by Orleans' response timeout.
    /// </summary>
    public TimeSpan Deadline { get; set; }

    /// <summary>What the client proves its rights with; empty means nothing.</summary>
    public ReadOnlyMemory<byte> Credential { get; set; }
}
