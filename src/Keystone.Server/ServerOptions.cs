using System.Net;
using Keystone.Database;

namespace Keystone.Server;

/// <summary>What a server was told on its command line.</summary>
/// <param name="DirectoryPath">The directory of the database; made if it is not there. Only a word in messages if it is in memory.</param>
internal sealed record ServerOptions(string DirectoryPath)
{
    public const int DefaultPort = 50051;
    public const int DefaultMetricsPort = 9090;
    public const int DefaultSiloPort = 11111;
    public const int DefaultGatewayPort = 30000;
    public const int DefaultConnectionsMax = 1000;

    /// <summary>Where gRPC and the operations door listen. The silo's own ports are on the loopback address, whatever this is.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port of gRPC; 0 takes a free one.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>The last word on the options of the disk. For tests.</summary>
    public Func<KeystoneDatabaseOptions, KeystoneDatabaseOptions> Database { get; init; } = static options => options;

    /// <summary>The port of health, readiness and metrics; 0 takes a free one.</summary>
    public int MetricsPort { get; init; } = DefaultMetricsPort;

    /// <summary>The port on which silos speak to each other.</summary>
    public int SiloPort { get; init; } = DefaultSiloPort;

    /// <summary>The port on which Orleans clients come in. Whoever reaches it can call any grain.</summary>
    public int GatewayPort { get; init; } = DefaultGatewayPort;

    /// <summary>Connections at a time; 0 means without limit.</summary>
    public int ConnectionsMax { get; init; } = DefaultConnectionsMax;

    /// <summary>The key ring of an encrypted database; null for one that is not.</summary>
    public string? EncryptKeysPath { get; init; }

    /// <summary>Whether the database lives in memory alone and is gone with the process.</summary>
    public bool InMemory { get; init; }

    /// <summary>What the items of a database in memory may take, bytes; null takes a quarter of the memory of the process.</summary>
    public long? InMemoryBytesMax { get; init; }

    /// <summary>The descriptor that takes the audit of what is published; null for none.</summary>
    public int? AuditDescriptor { get; init; }

    /// <summary>Memory that the process may use, bytes; null takes what the machine or the container leaves it.</summary>
    public long? MemoryBytesMax { get; init; }
}
