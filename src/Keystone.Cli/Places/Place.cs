using System.Net;
using Keystone.Database;
using Keystone.Model;

namespace Keystone.Cli.Places;

/// <summary>How much a command is going to write.</summary>
internal enum Writing
{
    /// <summary>An item or nothing: opening has to be quick.</summary>
    Little,

    /// <summary>A file full: the log is made for it.</summary>
    Much,
}

/// <summary>Where a database is: in a directory of this machine, or behind the gateways of running silos.</summary>
internal sealed record Place
{
    /// <summary>
    /// A log segment that has room for two of the largest items. A segment is written with zeros before its first use, so that its size is
    /// what opening and closing a directory costs.
    /// </summary>
    private const int SmallSegmentBytes = 1 << 20;

    private Place(string? directory, string? encryptKeys, IReadOnlyList<IPEndPoint> gateways)
    {
        EncryptKeysPath = encryptKeys;
        DirectoryPath = directory;
        Gateways = gateways;
    }

    /// <summary>The directory, or null for a cluster.</summary>
    public string? DirectoryPath { get; }

    /// <summary>The key ring of the directory; null when it is not encrypted.</summary>
    public string? EncryptKeysPath { get; }

    /// <summary>The gateways of the cluster; none for a directory.</summary>
    public IReadOnlyList<IPEndPoint> Gateways { get; }

    public static Place Directory(string path, string? encryptKeys = null) => new(path, encryptKeys, []);

    public static Place Cluster(IReadOnlyList<IPEndPoint> gateways) => new(null, null, gateways);

    /// <summary>The database, open. Disposing it closes the directory or the connection.</summary>
    public async Task<IKeystoneDatabase> OpenAsync(Terminal terminal, Writing writing, CancellationToken cancellation)
        => DirectoryPath is null
            ? await ClusterDatabase.ConnectAsync(Gateways, cancellation).ConfigureAwait(false)
            : await KeystoneDatabase.OpenAsync(DirectoryPath, OptionsFor(terminal, writing, EncryptKeysPath)).ConfigureAwait(false);

    /// <summary>The database, open for its maintenance.</summary>
    public async Task<OpenMaintenance> OpenMaintenanceAsync(Terminal terminal, CancellationToken cancellation)
    {
        if (DirectoryPath is null)
        {
            ClusterDatabase cluster = await ClusterDatabase.ConnectAsync(Gateways, cancellation).ConfigureAwait(false);
            return new OpenMaintenance(cluster.Maintenance, cluster);
        }

        KeystoneDatabase database =
            await KeystoneDatabase.OpenAsync(DirectoryPath, OptionsFor(terminal, Writing.Little, EncryptKeysPath)).ConfigureAwait(false);
        return new OpenMaintenance(database, database);
    }

    /// <summary>The directory, or the addresses of the gateways.</summary>
    public override string ToString() => DirectoryPath ?? string.Join(", ", Gateways);

    /// <summary>What goes wrong in the background is told at once: the command that it concerns may go on for long.</summary>
    public static KeystoneDatabaseOptions OptionsFor(Terminal terminal, Writing writing, string? encryptKeys)
        => KeystoneDatabaseOptions.Default with
        {
            EncryptionKeysPath = encryptKeys,
            SegmentBytes = writing == Writing.Little ? SmallSegmentBytes : KeystoneDatabaseOptions.Default.SegmentBytes,
            OnEvent = happened =>
            {
                if (happened.Kind != DatabaseEventKind.Opened)
                {
                    terminal.Error.WriteLine($"Warning: {happened.Message} {happened.Failure?.Message}".TrimEnd());
                }
            },
        };
}
