using System.Buffers.Binary;
using Keystone.Benchmarks.Workloads;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Benchmarks.Micro;

/// <summary>
/// A segment of the log that was filled with zeros and synced, and takes groups round and round in one way. Groups are random bytes
/// behind a number that no other group has. Belongs to one thread.
/// </summary>
internal sealed class SegmentRing : IDisposable
{
    public const int SegmentBytes = 32 << 20;
    public const int GroupBytesMax = 64 << 10;

    /// <summary>As the engine fills its segments: larger calls make larger folios.</summary>
    private const int FillBytesMax = 64 << 10;

    private readonly LogWay _way;
    private readonly PosixFile _file;

    // What was written last: the beginning of the block that the group starts in, the group, and what pads its last block.
    private readonly NativeBuffer _bytes;
    private long _writtenAt;
    private int _writtenBytes;

    // Where the next group goes, and the number of the last one.
    private long _position;
    private ulong _number;

    public SegmentRing(string path, LogWay way, MemoryAccount account)
    {
        _way = way;
        Fill(path);
        _file = way.Open(path);
        _bytes = new NativeBuffer(account, GroupBytesMax + (2 * way.BlockBytes));
        new Random(1).NextBytes(_bytes.Append(_bytes.Capacity));
    }

    /// <summary>Writes one group, which is durable when this returns.</summary>
    public void Write(int groupBytes)
    {
        if (RoundUp(_position + groupBytes, _way.BlockBytes) > SegmentBytes)
        {
            _position = 0;
        }

        int tailBytes = TakeTail();
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.Written[tailBytes..], ++_number);
        _writtenAt = _position - tailBytes;
        _writtenBytes = (int)RoundUp(tailBytes + groupBytes, _way.BlockBytes);
        _file.WriteAll(_writtenAt, _bytes.Written[.._writtenBytes]);
        if (_way.NeedsSync)
        {
            _file.Sync();
        }

        _position += RoundUp(groupBytes, _way.StepBytes);
    }

    /// <summary>Writes the whole segment once, so that what is measured afterwards is a segment that was used before.</summary>
    public void WriteLap()
    {
        for (int i = 0; i < SegmentBytes / GroupBytesMax; i++)
        {
            Write(GroupBytesMax);
        }
    }

    /// <summary>Ends the run when the file does not hold what was written last.</summary>
    public void Check()
    {
        byte[] stored = new byte[_writtenBytes];
        using IFile file = PosixFileSystem.Instance.Open(_file.Path, writable: false);
        file.ReadExactly(_writtenAt, stored);
        BenchmarkException.Require(
            _bytes.Written[.._writtenBytes].SequenceEqual(stored),
            $"{_file.Path} does not hold group {_number} at {_writtenAt}, where {_way.Name} wrote it. Check the disk.");
    }

    public void Dispose()
    {
        _file.Dispose();
        _bytes.Dispose();
    }

    private static long RoundUp(long bytes, int unit) => (bytes + unit - 1) / unit * unit;

    private static void Fill(string path)
    {
        using IFile file = PosixFileSystem.Instance.Create(path);
        for (long offset = 0; offset < SegmentBytes; offset += FillBytesMax)
        {
            file.WriteAll(offset, Zeros.Span[..FillBytesMax]);
        }

        file.Sync();
    }

    /// <summary>Moves to the front what the next write repeats: the part of its first block that holds earlier groups.</summary>
    private int TakeTail()
    {
        int tailBytes = (int)(_position % _way.BlockBytes);
        int start = (int)(_position - tailBytes - _writtenAt);
        if (tailBytes > 0 && start > 0)
        {
            _bytes.Written.Slice(start, tailBytes).CopyTo(_bytes.Written);
        }

        return tailBytes;
    }
}
