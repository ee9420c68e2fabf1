namespace Keystone.Storage;

/// <summary>What a checkpoint made.</summary>
public sealed record CheckpointResult
{
    /// <summary>The random id of the copy: another store than the one it was made of.</summary>
    public required UInt128 StoreId { get; init; }

    /// <summary>The newest sequence that the copy holds, by stripe: the position of the copy.</summary>
    public required IReadOnlyList<ulong> Sequences { get; init; }

    /// <summary>Table files in the copy.</summary>
    public required int Files { get; init; }

    /// <summary>Bytes of table files that both stores share by hard links.</summary>
    public required long LinkedBytes { get; init; }

    /// <summary>Bytes of table files that were copied, where the file system has no links.</summary>
    public required long CopiedBytes { get; init; }

    /// <summary>Bytes of the log that were copied.</summary>
    public required long LogBytes { get; init; }

    /// <summary>From the beginning to the last sync.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>How far a checkpoint is with the table files. The log was copied before.</summary>
/// <param name="Files">Files done.</param>
/// <param name="FileCount">Files that there are to do.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="ByteCount">The bytes of all files.</param>
public readonly record struct CheckpointProgress(int Files, int FileCount, long Bytes, long ByteCount);
