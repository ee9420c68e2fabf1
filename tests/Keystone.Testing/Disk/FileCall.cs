namespace Keystone.Testing.Disk;

/// <summary>Every call that the engine can make through its file seam.</summary>
public enum FileCall
{
    /// <summary>A file is created.</summary>
    [WritesDisk]
    Create,

    /// <summary>A file that exists is opened.</summary>
    Open,

    /// <summary>A file is looked for.</summary>
    FileExists,

    /// <summary>A directory is looked for.</summary>
    DirectoryExists,

    /// <summary>A directory is created.</summary>
    [WritesDisk]
    CreateDirectory,

    /// <summary>The names in a directory are read.</summary>
    List,

    /// <summary>A file gets another name.</summary>
    [WritesDisk]
    Rename,

    /// <summary>A name is removed.</summary>
    [WritesDisk]
    Unlink,

    /// <summary>The names in a directory are made durable.</summary>
    [WritesDisk]
    SyncDirectory,

    /// <summary>The lock of a directory is taken, its file created if need be.</summary>
    [WritesDisk]
    Lock,

    /// <summary>The free space is asked for.</summary>
    FreeBytes,

    /// <summary>The size of a file is asked for.</summary>
    Length,

    /// <summary>Bytes of a file are read.</summary>
    Read,

    /// <summary>Bytes of a file are written.</summary>
    [WritesDisk]
    Write,

    /// <summary>The contents of a file are made durable.</summary>
    [WritesDisk]
    Sync,

    /// <summary>A file gets one more name.</summary>
    [WritesDisk]
    Link,
}

/// <summary>Marks the calls of <see cref="FileCall"/> that can change what is on the disk.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class WritesDiskAttribute : Attribute;

/// <summary>What is known of a <see cref="FileCall"/>.</summary>
public static class FileCalls
{
    private static readonly bool[] Writes = [.. Enum.GetNames<FileCall>().Select(IsMarked)];

    /// <summary>Whether the call can change what is on the disk; only such calls are worth a crash before or after them.</summary>
    public static bool IsWrite(this FileCall call) => Writes[(int)call];

    private static bool IsMarked(string name) => typeof(FileCall).GetField(name)!.IsDefined(typeof(WritesDiskAttribute), inherit: false);
}
