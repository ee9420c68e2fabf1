using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Storage.InMemory;

/// <summary>
/// Files in native memory: what a store that lives in memory alone stands on. It answers as the operating system's files do, but nothing
/// outlives it.
/// <para>
/// What enters: absolute paths below directories that were made here; "/" is there from the beginning. What leaves: files, names, or a
/// <see cref="StoreException"/> with the codes of <see cref="IFileSystem"/>. What always holds: all files together never take more than the
/// bound, a write beyond it fails with DiskFull and has no effect, and the account is charged with what they take; the memory of a
/// file goes with its last name and handle. Any thread may call; reads and writes of open files take no lock of the file system.
/// </para>
/// </summary>
public sealed class MemoryFileSystem : IFileSystem, IDisposable
{
    private readonly Lock _gate = new();

    /// <summary>What each full path stands for: a <see cref="MemoryContent"/>, or null for a directory. Guarded by the gate.</summary>
    private readonly Dictionary<string, MemoryContent?> _names = new(StringComparer.Ordinal) { [""] = null };

    /// <summary>Paths of the locks that are held. Guarded by the gate.</summary>
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    private readonly MemoryRoom _room;

    /// <summary>Makes an empty file system.</summary>
    /// <param name="account">Charged with what the files take.</param>
    /// <param name="bytesMax">What they may take together, bytes.</param>
    public MemoryFileSystem(MemoryAccount account, long bytesMax) => _room = new MemoryRoom(account, bytesMax);

    /// <summary>What the files take at this moment, bytes: whole chunks.</summary>
    public long UsedBytes => _room.UsedBytes;

    /// <summary>What tables of entries may take; the rest is kept for the small files of a store.</summary>
    internal long TableBytesMax => _room.TableBytesMax;

    /// <inheritdoc/>
    public IFile Create(string path)
    {
        bool isTable = FileNames.Parse(Path.GetFileName(path), out _) == FileKind.Sst;
        lock (_gate)
        {
            string name = RequireParent("create", path);
            RequireFree("create", name);
            MemoryContent content = new(_room, isTable);
            _names.Add(name, content);
            return Handle(path, content, isWritable: true);
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
    {
        lock (_gate)
        {
            return Handle(path, FileAt("open", path), writable);
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
        {
            return _names.GetValueOrDefault(NameOf(path)) is not null;
        }
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        lock (_gate)
        {
            return _names.TryGetValue(NameOf(path), out MemoryContent? file) && file is null;
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            string name = RequireParent("mkdir", path);
            if (!_names.TryAdd(name, null) && _names[name] is not null)
            {
                throw Failed(StoreErrorCode.Io, "mkdir", path, "it is a file");
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
        {
            string above = RequireDirectory("list", directory);
            return [.. _names.Keys.Where(name => name.Length > 0 && ParentOf(name) == above).Select(name => name[(above.Length + 1)..])];
        }
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        lock (_gate)
        {
            MemoryContent file = FileAt("rename", source);
            string name = RequireParent("rename", target);
            if (_names.TryGetValue(name, out MemoryContent? replaced) && replaced is null)
            {
                throw Failed(StoreErrorCode.Io, "rename", target, "it is a directory");
            }

            if (!ReferenceEquals(file, replaced))
            {
                _names[name] = file;
                _names.Remove(NameOf(source));
                replaced?.Release();
            }
        }
    }

    /// <inheritdoc/>
    public bool TryLink(string source, string target)
    {
        lock (_gate)
        {
            MemoryContent file = FileAt("link", source);
            string name = RequireParent("link", target);
            RequireFree("link", name);
            Invariant.Require(file.TryAddReference());
            _names.Add(name, file);
            return true;
        }
    }

    /// <inheritdoc/>
    public void Unlink(string path)
    {
        lock (_gate)
        {
            MemoryContent file = FileAt("unlink", path);
            _names.Remove(NameOf(path));
            file.Release();
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            RequireDirectory("fsync", path);
        }
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        lock (_gate)
        {
            string name = RequireParent("flock", path);
            if (!_held.Add(name))
            {
                throw Failed(StoreErrorCode.Locked, "flock", path, "another store holds the lock");
            }

            if (!_names.ContainsKey(name))
            {
                _names.Add(name, new MemoryContent(_room, isTable: false));
            }

            return new HeldLock(this, name);
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string directory)
    {
        lock (_gate)
        {
            RequireDirectory("statvfs", directory);
            return Math.Max(0, _room.BytesMax - _room.UsedBytes);
        }
    }

    /// <summary>Removes every name. The memory of files that are still open goes when they are closed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (MemoryContent? file in _names.Values)
            {
                file?.Release();
            }

            _names.Clear();
        }
    }

    private MemoryFile Handle(string path, MemoryContent content, bool isWritable)
    {
        Invariant.Require(content.TryAddReference());
        return new MemoryFile(path, content, _room, isWritable);
    }

    private MemoryContent FileAt(string call, string path)
        => _names.TryGetValue(NameOf(path), out MemoryContent? file)
            ? file ?? throw Failed(StoreErrorCode.Io, call, path, "it is a directory")
            : throw Missing(call, path);

    private string RequireDirectory(string call, string path)
    {
        string name = NameOf(path);
        return _names.TryGetValue(name, out MemoryContent? file)
            ? file is null ? name : throw Failed(StoreErrorCode.Io, call, path, "it is not a directory")
            : throw Missing(call, path);
    }

    /// <summary>The name, whose directory has to be there.</summary>
    private string RequireParent(string call, string path)
    {
        string name = NameOf(path);
        RequireDirectory(call, ParentOf(name));
        return name;
    }

    private void RequireFree(string call, string name)
    {
        if (_names.ContainsKey(name))
        {
            throw Failed(StoreErrorCode.Io, call, name, "it exists");
        }
    }

    private void Unlock(string name)
    {
        lock (_gate)
        {
            _held.Remove(name);
        }
    }

    /// <summary>A file where a directory should be is told apart from nothing at all, as the operating system does.</summary>
    private StoreException Missing(string call, string path)
    {
        for (string above = ParentOf(NameOf(path)); above.Length > 0; above = ParentOf(above))
        {
            if (_names.GetValueOrDefault(above) is not null)
            {
                return Failed(StoreErrorCode.Io, call, path, "a part of it is not a directory");
            }
        }

        return Failed(StoreErrorCode.NotFound, call, path, "there is no such file or directory");
    }

    private static string NameOf(string path) => path.TrimEnd('/');

    private static string ParentOf(string name) => name[..Math.Max(0, name.LastIndexOf('/'))];

    private static StoreException Failed(StoreErrorCode code, string call, string path, string why)
        => new(code, $"{call} of {path} failed: {why}. These are files in memory.");

    private sealed class HeldLock(MemoryFileSystem system, string name) : IDisposable
    {
        private int _isReleased;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isReleased, 1) == 0)
            {
                system.Unlock(name);
            }
        }
    }
}
