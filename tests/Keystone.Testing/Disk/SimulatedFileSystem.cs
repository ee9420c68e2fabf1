using Keystone.Storage;
using Keystone.Storage.Files;

namespace Keystone.Testing.Disk;

/// <summary>
/// A disk in memory that can lose power. Every file has two images, cached and durable: reads see the cached one, writes change
/// it, <see cref="IFile.Sync"/> carries it over. Directories are the same with names, and <see cref="SyncDirectory"/>. A file's
/// data, its size and its names become durable apart from each other, and names are apart from files: an open file outlives its
/// name, and after a crash two names may stand for one file.
/// <para>
/// What enters: the engine's calls, and <see cref="Crash"/>. What leaves: another disk, as the next life of the machine finds
/// it. What always holds: the same calls and the same seed give the same disk; after a crash every call on the old one throws
/// <see cref="SimulatedCrash"/>. Any thread may call. The disk starts with the directory "/", durable, and nothing else.
/// </para>
/// </summary>
public sealed partial class SimulatedFileSystem : IFileSystem
{
    /// <summary>The capacity of a disk for which none is given.</summary>
    public const long DefaultCapacityBytes = 1L << 40;

    private readonly Lock _gate = new();
    private readonly DirectoryTree _tree;
    private long _usedPages;

    /// <summary>Makes an empty disk.</summary>
    /// <param name="capacityBytes">Bytes that can be written before calls fail with DiskFull. Counted in blocks of 4 KiB.</param>
    public SimulatedFileSystem(long capacityBytes = DefaultCapacityBytes)
        : this(new DirectoryTree(), capacityBytes)
    {
    }

    private SimulatedFileSystem(DirectoryTree tree, long capacityBytes)
    {
        _tree = tree;
        CapacityBytes = capacityBytes;
        foreach ((_, Inode file) in tree.Files())
        {
            _usedPages += file.Names++ == 0 ? file.Cached.AllocatedPages : 0;
        }
    }

    /// <summary>Bytes that the disk holds; may be changed at any time, also to less than is in use.</summary>
    public long CapacityBytes { get; set; }

    private long FreePages => Math.Max(0, (CapacityBytes / FileImage.PageBytes) - _usedPages);

    /// <inheritdoc/>
    public IFile Create(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.Create, path);
            (DirectoryNode directory, string name) = _tree.Parent("create", path);
            if (directory.Cached.ContainsKey(name))
            {
                throw DirectoryTree.Failed(StoreErrorCode.Io, "create", path, "it exists");
            }

            SimulatedFile file = new(this, Link(directory, name, _tree.NewFile()), path, isWritable: true);
            OpenHandles++;
            End();
            return file;
        }
    }

    /// <inheritdoc/>
    public IFile Open(string path, bool writable)
    {
        lock (_gate)
        {
            Begin(FileCall.Open, path);
            SimulatedFile file = new(this, _tree.File("open", path), path, writable);
            OpenHandles++;
            return file;
        }
    }

    /// <inheritdoc/>
    public bool FileExists(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.FileExists, path);
            return _tree.Find(path) is Inode;
        }
    }

    /// <inheritdoc/>
    public bool DirectoryExists(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.DirectoryExists, path);
            return _tree.Find(path) is DirectoryNode;
        }
    }

    /// <inheritdoc/>
    public void CreateDirectory(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.CreateDirectory, path);
            switch (_tree.Find(path))
            {
                case Inode:
                    throw DirectoryTree.Failed(StoreErrorCode.Io, "mkdir", path, "it is a file");
                case null:
                    (DirectoryNode parent, string name) = _tree.Parent("mkdir", path);
                    parent.Set(name, _tree.NewDirectory());
                    break;
            }

            End();
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string directory)
    {
        lock (_gate)
        {
            Begin(FileCall.List, directory);
            return [.. _tree.Directory("list", directory).Cached.Keys];
        }
    }

    /// <inheritdoc/>
    public void Rename(string source, string target)
    {
        lock (_gate)
        {
            Begin(FileCall.Rename, target);
            Inode file = _tree.File("rename", source);
            (DirectoryNode from, string oldName) = _tree.Parent("rename", source);
            (DirectoryNode to, string newName) = _tree.Parent("rename", target);
            object? replaced = _tree.Find(target);
            if (replaced is DirectoryNode)
            {
                throw DirectoryTree.Failed(StoreErrorCode.Io, "rename", target, "it is a directory");
            }

            if (!ReferenceEquals(replaced, file))
            {
                // The target name goes from one file to the other in one change: no crash finds it without a file.
                Link(to, newName, file);
                Unlink(from, oldName);
                Release(replaced as Inode);
            }

            End();
        }
    }

    /// <inheritdoc/>
    public void Unlink(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.Unlink, path);
            _ = _tree.File("unlink", path);
            (DirectoryNode directory, string name) = _tree.Parent("unlink", path);
            Unlink(directory, name);
            End();
        }
    }

    /// <summary>Whether this disk has hard links. Without them files have to be copied.</summary>
    public bool HasLinks { get; set; } = true;

    /// <inheritdoc/>
    public bool TryLink(string source, string target)
    {
        lock (_gate)
        {
            Begin(FileCall.Link, target);
            if (!HasLinks)
            {
                return false;
            }

            Inode file = _tree.File("link", source);
            (DirectoryNode directory, string name) = _tree.Parent("link", target);
            if (directory.Cached.ContainsKey(name))
            {
                throw DirectoryTree.Failed(StoreErrorCode.Io, "link", target, "it exists");
            }

            Link(directory, name, file);
            End();
            return true;
        }
    }

    /// <inheritdoc/>
    public void SyncDirectory(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.SyncDirectory, path);
            _tree.Directory("fsync", path).Sync();
            End();
        }
    }

    /// <summary>
    /// What a sync of a directory that fails does to the disk: names that were changed stay as they are for readers, count as synced, and
    /// are not durable. Not a counted call.
    /// </summary>
    public void LoseUnsyncedNames(string path)
    {
        lock (_gate)
        {
            _tree.Directory("fsync", path).LoseUnsynced();
        }
    }

    /// <inheritdoc/>
    public IDisposable Lock(string path)
    {
        lock (_gate)
        {
            Begin(FileCall.Lock, path);
            (DirectoryNode directory, string name) = _tree.Parent("flock", path);
            Inode file = _tree.Find(path) is null ? Link(directory, name, _tree.NewFile()) : _tree.File("flock", path);
            if (file.IsLocked)
            {
                throw DirectoryTree.Failed(StoreErrorCode.Locked, "flock", path, "another store holds the lock");
            }

            file.IsLocked = true;
            file.Handles++;
            OpenHandles++;
            End();
            return new HeldLock(this, file);
        }
    }

    /// <inheritdoc/>
    public long FreeBytes(string directory)
    {
        lock (_gate)
        {
            Begin(FileCall.FreeBytes, directory);
            _ = _tree.Directory("statvfs", directory);
            return FreePages * FileImage.PageBytes;
        }
    }

    private static Inode Link(DirectoryNode directory, string name, Inode file)
    {
        directory.Set(name, file);
        file.Names++;
        return file;
    }

    private void Unlink(DirectoryNode directory, string name)
    {
        if (directory.Cached.TryGetValue(name, out object? node))
        {
            directory.Set(name, null);
            Release((Inode)node);
        }
    }

    private void Release(Inode? file)
    {
        if (file is not null)
        {
            file.Names--;
            FreeIfGone(file);
        }
    }

    private void FreeIfGone(Inode file)
    {
        if (file.Names == 0 && file.Handles == 0)
        {
            _usedPages -= file.Cached.AllocatedPages;
        }
    }

    private sealed class HeldLock(SimulatedFileSystem system, Inode file) : IDisposable
    {
        private bool _isReleased;

        public void Dispose()
        {
            if (!_isReleased)
            {
                _isReleased = true;
                file.IsLocked = false;
                system.Close(file);
            }
        }
    }
}
