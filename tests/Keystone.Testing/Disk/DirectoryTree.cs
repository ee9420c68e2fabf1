using Keystone.Storage;

namespace Keystone.Testing.Disk;

/// <summary>The directories and files of a simulated disk, found by absolute path. Knows nothing of calls, crashes and handles.</summary>
internal sealed class DirectoryTree
{
    private readonly DirectoryNode _root;
    private int _nextId;

    public DirectoryTree()
        : this(new DirectoryNode(0), 1)
    {
    }

    private DirectoryTree(DirectoryNode root, int nextId)
    {
        _root = root;
        _nextId = nextId;
    }

    /// <summary>What a path stands for: a <see cref="DirectoryNode"/>, an <see cref="Inode"/>, or null.</summary>
    public object? Find(string path)
    {
        object? node = _root;
        foreach (string name in Names(path))
        {
            if (node is not DirectoryNode directory || !directory.Cached.TryGetValue(name, out node))
            {
                return null;
            }
        }

        return node;
    }

    public Inode File(string call, string path) => Find(path) switch
    {
        Inode file => file,
        null => throw Missing(call, path),
        _ => throw Failed(StoreErrorCode.Io, call, path, "it is a directory"),
    };

    public DirectoryNode Directory(string call, string path) => Find(path) switch
    {
        DirectoryNode directory => directory,
        null => throw Missing(call, path),
        _ => throw Failed(StoreErrorCode.Io, call, path, "it is not a directory"),
    };

    /// <summary>The directory that holds a path's last name, and that name.</summary>
    public (DirectoryNode Directory, string Name) Parent(string call, string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return (Directory(call, path[..Math.Max(slash, 0)]), path[(slash + 1)..].TrimEnd('/'));
    }

    public Inode NewFile() => new(_nextId++);

    public DirectoryNode NewDirectory() => new(_nextId++);

    /// <summary>Creates a directory and those above it, all durable.</summary>
    public void AddDurable(string path)
    {
        DirectoryNode directory = _root;
        foreach (string name in Names(path))
        {
            if (!directory.Cached.ContainsKey(name))
            {
                DirectoryNode created = NewDirectory();
                directory.Set(name, created);
                directory.Durable[name] = created;
            }

            directory = (DirectoryNode)directory.Cached[name];
        }
    }

    /// <summary>A copy with the same contents, seen and durable, and the same unsynced changes.</summary>
    public DirectoryTree Clone()
    {
        Dictionary<object, object> copies = new(ReferenceEqualityComparer.Instance);
        return new DirectoryTree((DirectoryNode)Copy(_root), _nextId);

        object Copy(object node)
        {
            if (!copies.TryGetValue(node, out object? copy))
            {
                copy = node is Inode file ? file.Clone() : ((DirectoryNode)node).Clone(Copy);
                copies.Add(node, copy);
            }

            return copy;
        }
    }

    /// <summary>What a power loss leaves. All of it is durable.</summary>
    public DirectoryTree After(PowerLoss loss)
    {
        Dictionary<object, object> copies = new(ReferenceEqualityComparer.Instance);
        return new DirectoryTree((DirectoryNode)Restore(_root), _nextId);

        object Restore(object node)
        {
            if (!copies.TryGetValue(node, out object? copy))
            {
                copy = node is Inode file
                    ? Inode.Restored(file.Id, loss.ContentOf(file))
                    : DirectoryNode.Restored(((DirectoryNode)node).Id, loss.NamesOf((DirectoryNode)node), Restore);
                copies.Add(node, copy);
            }

            return copy;
        }
    }

    /// <summary>Every name of every file, in no order, with the directory's path before it.</summary>
    public IEnumerable<(string Path, Inode File)> Files() => Files(_root, "");

    public static StoreException Failed(StoreErrorCode code, string call, string path, string why)
        => new(code, $"{call} of {path} failed: {why}. This is a simulated disk.");

    /// <summary>A file where a directory should be is told apart from nothing at all, as the operating system does.</summary>
    private StoreException Missing(string call, string path)
    {
        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (Find(path[..slash]) is Inode)
            {
                return Failed(StoreErrorCode.Io, call, path, "a part of it is not a directory");
            }
        }

        return Failed(StoreErrorCode.NotFound, call, path, "there is no such file or directory");
    }

    private static string[] Names(string path)
    {
        if (path.Length > 0 && path[0] != '/')
        {
            throw new ArgumentException($"{path} is not an absolute path.", nameof(path));
        }

        return path.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    private static IEnumerable<(string Path, Inode File)> Files(DirectoryNode directory, string prefix)
    {
        foreach ((string name, object node) in directory.Cached)
        {
            string path = $"{prefix}/{name}";
            if (node is Inode file)
            {
                yield return (path, file);
            }
            else
            {
                foreach ((string Path, Inode File) below in Files((DirectoryNode)node, path))
                {
                    yield return below;
                }
            }
        }
    }
}
