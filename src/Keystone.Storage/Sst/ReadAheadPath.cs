using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>Blocks read in long runs into the cursor's own memory, for jobs that read a whole file once. The cache is left alone.</summary>
internal sealed unsafe class ReadAheadPath : BlockPath
{
    /// <summary>How much one load reads. A larger block is read alone.</summary>
    public const int ReadBytes = 256 * 1024;

    private SstReader? _reader;
    private MemoryAccount? _account;

    // They stay from file to file; their memory goes with the reset.
    private BlockUnpacker? _unpacker;
    private OwnedBlock? _root;
    private OwnedBlock? _data;
    private OwnedBlock? _partition;
    private OwnedBlock? _partitionBefore;
    private Window? _ahead;
    private Window? _index;
    private string _path = string.Empty;

    /// <summary>A block in memory of the cursor; the ordinal says which one it is.</summary>
    private sealed class OwnedBlock(MemoryAccount account)
    {
        public const int None = -2;

        public NativeBuffer Buffer { get; } = new(account, 0);

        public int Ordinal { get; set; } = None;

        public void Free()
        {
            Buffer.Dispose();
            Ordinal = None;
        }
    }

    /// <summary>
    /// A run of the file's bytes as they are stored. Data and index have one each, so that reading one does not throw away the other.
    /// </summary>
    private sealed class Window(MemoryAccount account, int capacity)
    {
        private readonly NativeBuffer _bytes = new(account, 0);

        public long Offset { get; private set; }

        public bool IsEmpty => _bytes.Length == 0;

        public bool Contains(BlockLocation location) => location.Offset >= Offset && location.End <= Offset + _bytes.Length;

        public ReadOnlySpan<byte> Stored(BlockLocation location) => _bytes.Written.Slice((int)(location.Offset - Offset), location.Length);

        public void Read(IFile file, long offset, int bytes)
        {
            _bytes.Clear();
            if (bytes <= capacity)
            {
                _bytes.ShrinkTo(capacity);
            }

            Offset = offset;
            _bytes.EnsureFree(bytes);
            file.ReadExactly(offset, new Span<byte>(_bytes.Pointer, bytes));
            _bytes.Length = bytes;
        }

        public void Free() => _bytes.Dispose();
    }

    public void Open(SstReader reader, MemoryAccount account)
    {
        _reader = reader;
        if (_account == account)
        {
            return;
        }

        _account = account;
        _unpacker = new BlockUnpacker(account);
        _root = new OwnedBlock(account);
        _data = new OwnedBlock(account);
        _partition = new OwnedBlock(account);
        _partitionBefore = new OwnedBlock(account);
        _ahead = new Window(account, ReadBytes);
        _index = new Window(account, NativeBuffer.AlignmentBytes);
    }

    public override byte* Root() => Take(_root!, BlockKind.IndexRoot, -1, _reader!.Footer.Root);

    public override byte* Partition(int ordinal, BlockLocation location)
    {
        if (_partition!.Ordinal != ordinal)
        {
            if (Take(_partitionBefore!, BlockKind.Index, ordinal, location) == null)
            {
                return null;
            }

            (_partition, _partitionBefore) = (_partitionBefore, _partition);
        }

        return _partition!.Buffer.Pointer;
    }

    public override byte* Data(int ordinal, BlockLocation location) => Take(_data!, BlockKind.Data, ordinal, location);

    public override void Reset()
    {
        base.Reset();
        _unpacker?.Dispose();
        _root?.Free();
        _data?.Free();
        _partition?.Free();
        _partitionBefore?.Free();
        _ahead?.Free();
        _index?.Free();
        _reader = null;
    }

    protected override void Load(BlockKind kind, int ordinal, BlockLocation location)
    {
        OpenHandle open = _reader!.Blocks.PinHandle();
        try
        {
            _path = open.File.Path;
            if (kind == BlockKind.Data)
            {
                (long start, int bytes) = RunAround(location);
                _ahead!.Read(open.File, start, bytes);
            }
            else
            {
                _index!.Read(open.File, location.Offset, location.Length);
            }
        }
        finally
        {
            open.Unpin();
        }
    }

    /// <summary>
    /// What to read for a data block: the run that begins with it, or, when the cursor goes backwards, the run that ends with it.
    /// </summary>
    private (long Start, int Bytes) RunAround(BlockLocation location)
    {
        long start = location.Offset;
        long end = location.End;
        if (!_ahead!.IsEmpty && location.Offset < _ahead.Offset)
        {
            start = Math.Max(SstFormat.HeaderBytes, Math.Min(start, end - ReadBytes));
        }
        else
        {
            end = Math.Max(end, Math.Min(_reader!.Footer.DataEnd, start + ReadBytes));
        }

        return (start, checked((int)(end - start)));
    }

    private byte* Take(OwnedBlock block, BlockKind kind, int ordinal, BlockLocation location)
    {
        if (block.Ordinal == ordinal)
        {
            return block.Buffer.Pointer;
        }

        Window window = kind == BlockKind.Data ? _ahead! : _index!;
        if (!window.Contains(location))
        {
            return Missing(kind, ordinal, location);
        }

        block.Ordinal = OwnedBlock.None;
        _reader!.Blocks.Io.Unpack(_path, kind, location, window.Stored(location), _unpacker!, block.Buffer);
        block.Ordinal = ordinal;
        return block.Buffer.Pointer;
    }
}
