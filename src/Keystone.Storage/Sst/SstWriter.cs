using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;

namespace Keystone.Storage.Sst;

/// <summary>
/// Makes one table file: created under its final name, written, synced. Its name is durable only after the directory was synced, and
/// it counts only after the manifest names it. Disposing a writer that was not kept removes the file.
/// </summary>
internal sealed class SstWriter : IDisposable
{
    private const int WriteBytesMin = 256 << 10;

    private readonly IFileSystem _files;
    private readonly IFile _file;
    private readonly SstBuilder _builder;
    private bool _hasBuilder;
    private bool _isKept;

    /// <summary>
    /// Creates the file, one blocking call. Uses the builder, which has to rest until then, until the bytes of the file are written or the
    /// writer is disposed.
    /// </summary>
    public SstWriter(IFileSystem files, string directory, long fileNumber, UInt128 fileId, SstBuilder builder, DataKey? key = null)
    {
        _files = files;
        Key = key;
        _builder = builder;
        builder.Begin(fileNumber, fileId, key);
        try
        {
            _file = files.Create(FileNames.SstPath(directory, fileNumber));
            _hasBuilder = true;
        }
        finally
        {
            if (!_hasBuilder)
            {
                builder.Rest();
            }
        }
    }

    /// <summary>What its blocks are sealed with; null in a store that is not encrypted.</summary>
    public DataKey? Key { get; }

    /// <summary>About how large the file would be if it ended now. Not after <see cref="Finish"/>.</summary>
    public long FileBytesEstimate => _builder.FileBytesEstimate;

    /// <summary>Not after <see cref="Finish"/>.</summary>
    public long EntryCount => _builder.EntryCount;

    public long BytesWritten { get; private set; }

    /// <summary>Whether enough is ready for a write.</summary>
    public bool WantsWrite => _builder.Finished.Length >= WriteBytesMin;

    public void Add(ReadOnlySpan<byte> key, ulong stamp, ReadOnlySpan<byte> value) => _builder.Add(key, stamp, value);

    /// <summary>Whether this is the key that was added last.</summary>
    public bool EndsWith(ReadOnlySpan<byte> key) => _builder.EndsWith(key);

    /// <summary>Writes what is ready. One blocking call.</summary>
    public void Write()
    {
        ReadOnlySpan<byte> ready = _builder.Finished;
        if (!ready.IsEmpty)
        {
            _file.WriteAll(_builder.FinishedOffset, ready);
            BytesWritten += ready.Length;
            _builder.Taken(ready.Length);
        }
    }

    /// <summary>
    /// Ends the file: the rest is written and synced, one blocking call a step. The description is in <see cref="Meta"/> afterwards.
    /// </summary>
    public IEnumerable<JobStep> Finish()
    {
        Meta = _builder.Finish();
        Write();
        LetGoOfBuilder();
        yield return JobStep.Again;
        _file.Sync();
        yield return JobStep.Again;
    }

    public SstMeta? Meta { get; private set; }

    /// <summary>The file is about to be named in the manifest: it stays.</summary>
    public void Keep() => _isKept = true;

    public void Dispose()
    {
        LetGoOfBuilder();
        _file.Dispose();
        Key?.Rest();
        if (_isKept)
        {
            return;
        }

        try
        {
            _files.Unlink(_file.Path);
        }
        catch (StoreException)
        {
            // Nothing names the file, and the next open removes it. Whoever disposes has more to give back than this.
        }
    }

    private void LetGoOfBuilder()
    {
        if (_hasBuilder)
        {
            _hasBuilder = false;
            _builder.Rest();
        }
    }
}
