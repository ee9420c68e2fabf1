using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>The last calls on a disk, numbered from 1, for the message of a failed test. Any thread may call.</summary>
public sealed class OperationLog
{
    /// <summary>Calls that are kept; older ones are dropped.</summary>
    public const int OperationsMax = 10_000;

    private readonly Queue<FileOperation> _operations = new();

    /// <summary>Calls so far.</summary>
    public long Count { get; private set; }

    /// <summary>The calls that are kept, oldest first.</summary>
    public FileOperation[] Last()
    {
        lock (_operations)
        {
            return [.. _operations];
        }
    }

    /// <summary>The calls that are kept, one a line.</summary>
    public override string ToString() => string.Join('\n', Last());

    internal void Add(FileCall call, string path, long offset, int bytes, FaultKind? fault)
    {
        lock (_operations)
        {
            if (_operations.Count == OperationsMax)
            {
                _operations.Dequeue();
            }

            _operations.Enqueue(new FileOperation(++Count, call, path, offset, bytes, fault));
        }
    }
}

/// <summary>A call as it was made; offset and bytes are -1 and 0 for calls that have none.</summary>
public readonly record struct FileOperation(long Number, FileCall Call, string Path, long Offset, int Bytes, FaultKind? Fault)
{
    /// <inheritdoc/>
    public override string ToString()
        => $"{Number} {Call} {Path}{(Offset < 0 ? "" : $" {Bytes} bytes at {Offset}")}{(Fault is null ? "" : $" <- {Fault}")}";
}
