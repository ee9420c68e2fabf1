using Keystone.Storage;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>
/// A disk on which calls go wrong by a script. Wraps any other; a lost sync loses data only over a
/// <see cref="SimulatedFileSystem"/>, which alone can forget. Closing a file or a lock never fails.
/// </summary>
public sealed class FaultyFileSystem : IFileSystem
{
    private readonly IFileSystem _inner;
    private readonly Action<TimeSpan>? _onDelay;

    /// <summary>Wraps a disk.</summary>
    /// <param name="inner">The disk that does the work.</param>
    /// <param name="script">What goes wrong; may be added to at any time.</param>
    /// <param name="onDelay">Lets time pass for a delayed call: sleeps, or moves a simulated clock.</param>
    public FaultyFileSystem(IFileSystem inner, FaultScript script, Action<TimeSpan>? onDelay = null)
    {
        _inner = inner;
        Script = script;
        _onDelay = onDelay;
    }

    /// <summary>What goes wrong.</summary>
    public FaultScript Script { get; }

    /// <summary>The calls so far.</summary>
    public OperationLog Operations { get; } = new();

    /// <inheritdoc/>
    public IFile Create(string path)
    {
        Enter(FileCall.Create, path);
        return new FaultyFile(this, _inner.Create(path));
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
    {
        Enter(FileCall.Open, path);
        return new FaultyFile(this, _inner.Open(path, writable));
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        Enter(FileCall.FileExists, path);
        return _inner.FileExists(path);
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        Enter(FileCall.DirectoryExists, path);
        return _inner.DirectoryExists(path);
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        Enter(FileCall.CreateDirectory, path);
        _inner.CreateDirectory(path);
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        Enter(FileCall.List, directory);
        return _inner.List(directory);
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        Enter(FileCall.Rename, target);
        _inner.Rename(source, target);
    }

    /// <inheritdoc/>
    public bool TryLink(string source, string target)
    {
        Enter(FileCall.Link, target);
        return _inner.TryLink(source, target);
    }

    /// <inheritdoc/>
    public void Unlink(string path)
    {
        Enter(FileCall.Unlink, path);
        _inner.Unlink(path);
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        if (Enter(FileCall.SyncDirectory, path) == FaultKind.LostSync)
        {
            (_inner as SimulatedFileSystem)?.LoseUnsyncedNames(path);
            throw Failed(StoreErrorCode.Io, FileCall.SyncDirectory, path);
        }

        _inner.SyncDirectory(path);
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        Enter(FileCall.Lock, path);
        return _inner.Lock(path);
    }

    /// <inheritdoc/>
    public long FreeBytes(string directory)
    {
        Enter(FileCall.FreeBytes, directory);
        return _inner.FreeBytes(directory);
    }

    /// <summary>
    /// Numbers the call, and fails or delays it if the script says so. Returns the faults that the call itself has to play.
    /// </summary>
    internal FaultKind? Enter(FileCall call, string path, long offset = -1, int bytes = 0)
    {
        Fault? fault = Script.Draw(call, path);
        Operations.Add(call, path, offset, bytes, fault?.Kind);
        switch (fault?.Kind)
        {
            case FaultKind.Io:
                throw Failed(StoreErrorCode.Io, call, path);
            case FaultKind.DiskFull:
                throw Failed(StoreErrorCode.DiskFull, call, path);
            case FaultKind.TooManyOpenFiles:
                throw Failed(StoreErrorCode.TooManyOpenFiles, call, path);
            case FaultKind.Defect:
                throw new InvalidOperationException(
                    $"{call} of {path} met a defect: the script of faults says so, at call {Operations.Count}.");
            case FaultKind.Delay when _onDelay is null:
                throw new InvalidOperationException($"{call} of {path} is to be delayed, but nothing lets time pass. Hand in onDelay.");
            case FaultKind.Delay:
                _onDelay(fault.Delay);
                break;
        }

        return fault?.Kind;
    }

    internal StoreException Failed(StoreErrorCode code, FileCall call, string path)
        => new(code, $"{call} of {path} failed: the script of faults says so, at call {Operations.Count}.");
}
