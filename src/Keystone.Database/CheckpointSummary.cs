namespace Keystone.Database;

/// <summary>What a checkpoint of a database made.</summary>
public sealed record CheckpointSummary
{
    /// <summary>The random id of the copy: another disk than the one it was made of.</summary>
    public required UInt128 DiskId { get; init; }

    /// <summary>The position of the copy: the newest sequence of every stripe that it holds.</summary>
    public required IReadOnlyList<ulong> Sequences { get; init; }

    /// <summary>Table files in the copy.</summary>
    public required int Files { get; init; }

    /// <summary>Bytes of table files that are shared with the original by hard links.</summary>
    public required long LinkedBytes { get; init; }

    /// <summary>Bytes of table files that were copied.</summary>
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
public readonly record struct CheckpointPosition(int Files, int FileCount, long Bytes, long ByteCount);
