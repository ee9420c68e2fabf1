using Keystone.Storage;

namespace Keystone.Testing.Disk;

/// <summary>The calls on open files, and the doors by which a test looks at and damages contents behind the engine's back.</summary>
public sealed partial class SimulatedFileSystem
{
    /// <summary>
    /// Creates a directory and those above it, all durable, as if they had been there before the test. Not a counted call.
    /// </summary>
    public void AddDirectory(string path)
    {
        lock (_gate)
        {
            _tree.AddDurable(path);
        }
    }

    /// <summary>The paths of all files, sorted. Not a counted call.</summary>
    public IReadOnlyList<string> Files()
    {
        lock (_gate)
        {
            return [.. _tree.Files().Select(entry => entry.Path).Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>The whole content of a file as readers see it. Not a counted call.</summary>
    public byte[] ReadAll(string path)
    {
        lock (_gate)
        {
            FileImage image = _tree.File("read", path).Cached;
            byte[] content = new byte[image.Length];
            image.Read(0, content);
            return content;
        }
    }

    /// <summary>
    /// Puts bytes into a file behind everybody's back, durably, as rot does. The file keeps its length. Not a counted call.
    /// </summary>
    public void Damage(string path, long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            Inode file = _tree.File("write", path);
            if (offset < 0 || offset + bytes.Length > file.Cached.Length)
            {
                throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{path} has {file.Cached.Length} bytes.");
            }

            file.Cached.Overwrite(offset, bytes);
            file.Durable.Overwrite(offset, bytes[..(int)Math.Clamp(file.Durable.Length - offset, 0, bytes.Length)]);
        }
    }

    /// <summary>Flips one bit of a file behind everybody's back, durably. Not a counted call.</summary>
    public void FlipBit(string path, long offset, int bit)
        => Damage(path, offset, [(byte)(ReadAll(path)[offset] ^ (1 << bit))]);

    /// <summary>Cuts a file off, or lengthens it with zeros, behind everybody's back, durably. Not a counted call.</summary>
    public void Resize(string path, long length)
    {
        lock (_gate)
        {
            Inode file = _tree.File("truncate", path);
            _usedPages -= file.Cached.AllocatedPages;
            file.Cached.SetLength(length);
            file.Durable.SetLength(length);
            _usedPages += file.Cached.AllocatedPages;
        }
    }

    internal long Length(SimulatedFile file)
    {
        lock (_gate)
        {
            Begin(FileCall.Length, file.Path);
            return file.Inode.Cached.Length;
        }
    }

    internal int Read(SimulatedFile file, long offset, Span<byte> destination)
    {
        lock (_gate)
        {
            Begin(FileCall.Read, file.Path);
            ThrowIfNegative("pread", file.Path, offset);
            return file.Inode.Cached.Read(offset, destination);
        }
    }

    internal int Write(SimulatedFile file, bool isWritable, long offset, ReadOnlySpan<byte> source)
    {
        lock (_gate)
        {
            Begin(FileCall.Write, file.Path);
            ThrowIfNegative("pwrite", file.Path, offset);
            if (!isWritable)
            {
                throw DirectoryTree.Failed(StoreErrorCode.Io, "pwrite", file.Path, "it is open for reading only");
            }

            int count = Allocate(file, offset, source.Length);
            if (count > 0)
            {
                file.Inode.Write(offset, source[..count]);
            }

            End();
            return count;
        }
    }

    internal void Sync(SimulatedFile file)
    {
        lock (_gate)
        {
            Begin(FileCall.Sync, file.Path);
            file.Inode.Sync();
            End();
        }
    }

    internal void LoseUnsynced(SimulatedFile file)
    {
        lock (_gate)
        {
            file.Inode.LoseUnsynced();
        }
    }

    internal void Close(Inode file)
    {
        lock (_gate)
        {
            file.Handles--;
            OpenHandles--;
            FreeIfGone(file);
        }
    }

    private static void ThrowIfNegative(string call, string path, long offset)
    {
        if (offset < 0)
        {
            throw DirectoryTree.Failed(StoreErrorCode.Io, call, path, $"{offset} is not an offset");
        }
    }

    /// <summary>Takes space for a write. As on a real disk, the last write before the disk is full is a short one.</summary>
    private int Allocate(SimulatedFile file, long offset, int length)
    {
        int fitting = 0;
        while (fitting < length)
        {
            (int page, int within) = FileImage.Locate(offset + fitting);
            if (file.Inode.Cached.PageAt(page) is null)
            {
                if (FreePages == 0)
                {
                    break;
                }

                _usedPages++;
            }

            fitting = Math.Min(length, fitting + FileImage.PageBytes - within);
        }

        return fitting > 0 || length == 0
            ? fitting
            : throw DirectoryTree.Failed(StoreErrorCode.DiskFull, "pwrite", file.Path, "the disk is full");
    }
}
