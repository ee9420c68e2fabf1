using System.IO.Compression;

namespace Keystone.Cli.Exporting;

/// <summary>
/// The file of an export. It is written beside its place and takes it only when it is whole and on the disk: under its own name there is
/// never half an export.
/// </summary>
internal sealed class ExportFile : IAsyncDisposable
{
    private readonly string _path;
    private readonly string _partial;
    private readonly FileStream _file;

    public ExportFile(string path, bool isOverwriting)
    {
        if (!isOverwriting && Path.Exists(path))
        {
            throw CommandException.Failed($"{path} exists already. Choose another name, or give --overwrite.");
        }

        _path = path;
        _partial = path + ".partial";
        _file = new FileStream(_partial, FileMode.Create, FileAccess.Write, FileShare.None);
    }

    /// <summary>Where the lines go.</summary>
    public Stream Stream => _file;

    /// <summary>Runs the writer on a stream, compressed if asked for, and ends the compression.</summary>
    public static async Task<T> WriteAsync<T>(Stream target, bool isGzip, Func<Stream, Task<T>> write)
    {
        if (!isGzip)
        {
            return await write(target).ConfigureAwait(false);
        }

        var gzip = new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true);
        await using (gzip.ConfigureAwait(false))
        {
            return await write(gzip).ConfigureAwait(false);
        }
    }

    /// <summary>The file is whole: it takes its place.</summary>
    public async Task KeepAsync()
    {
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync().ConfigureAwait(false);
        File.Move(_partial, _path, overwrite: true);
    }

    /// <summary>Removes what was not kept.</summary>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync().ConfigureAwait(false);
        File.Delete(_partial);
    }
}
