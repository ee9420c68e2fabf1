using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Sst;

/// <summary>
/// Turns sorted entries into the bytes of a file. Enter: entries, keys ascending, within a key the newest version first. Leave:
/// finished bytes in file order, and at the end the file's description. It makes one file after another; between two it rests and holds
/// no memory.
/// <para>
/// It does no I/O: whenever enough bytes are finished the owner writes them at <see cref="FinishedOffset"/> and says
/// <see cref="Taken"/>, so that one step of a job makes one call that may block. Belongs to one job at a time.
/// </para>
/// </summary>
internal sealed unsafe class SstBuilder : IDisposable
{
    private readonly SstOptions _options;
    private readonly BlockOutput _output;
    private readonly BlockBuilder _block;
    private readonly IndexBuilder _index;
    private readonly FilterBuilder _filter;
    private readonly NativeBuffer _lastKey;
    private readonly NativeBuffer _properties;
    private long _fileNumber;
    private UInt128 _fileId;
    private byte[] _firstKey = [];
    private ulong _lastStamp;
    private ulong _sequenceMin;
    private ulong _sequenceMax;
    private long _deletes;
    private long _dataBytes;
    private bool _blockIsFull;
    private bool _takesEntries;

    /// <summary>Throws LimitExceeded when an option is out of its range.</summary>
    public SstBuilder(SstOptions options, MemoryAccount account)
    {
        options.Check();
        _options = options;
        _output = new BlockOutput(account, options.Compression, options.BlockBytes * 4);
        _block = new BlockBuilder(account, options.BlockBytes);
        _index = new IndexBuilder(account, options);
        _filter = new FilterBuilder(account, options.FilterBitsPerKey);
        _lastKey = new NativeBuffer(account, 0);
        _properties = new NativeBuffer(account, 0);
    }

    /// <summary>Begins a file. Requires that the one before was put to <see cref="Rest"/>.</summary>
    public void Begin(long fileNumber, UInt128 fileId, DataKey? key = null)
    {
        Invariant.Require(_output.End == 0);
        _fileNumber = fileNumber;
        _fileId = fileId;
        EntryCount = 0;
        _sequenceMin = ulong.MaxValue;
        _sequenceMax = 0;
        _deletes = 0;
        _dataBytes = 0;
        _blockIsFull = false;
        _takesEntries = true;
        _output.Begin(fileId, key);
        SstFormat.WriteHeader(_output.Append(SstFormat.HeaderBytes), fileId);
    }

    /// <summary>Bytes that are ready to be written at <see cref="FinishedOffset"/>. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Finished => _output.Ready;

    public long FinishedOffset => _output.ReadyOffset;

    public long EntryCount { get; private set; }

    /// <summary>About how large the file would be if it were finished now.</summary>
    public long FileBytesEstimate
        => _output.End + (_block.Count == 0 ? 0 : _block.BytesWith(0, 0, 0))
            + _filter.BytesEstimate + _index.BytesEstimate + SstFormat.FooterBytes;

    public void Taken(int bytes) => _output.Taken(bytes);

    /// <summary>Whether this is the key that was added last.</summary>
    public bool EndsWith(ReadOnlySpan<byte> key) => EntryCount > 0 && _lastKey.Written.SequenceEqual(key);

    public void Add(ReadOnlySpan<byte> key, ulong stamp, ReadOnlySpan<byte> value)
    {
        Invariant.Require(_takesEntries && key.Length <= SstFormat.KeyBytesMax && value.Length <= SstFormat.ValueBytesMax);
        int shared = SharedWithLast(key, stamp, out bool sameKey);
        bool alone = value.Length > _options.BlockBytes / 2;
        if (_block.Count > 0 && (_blockIsFull || alone || _block.BytesWith(shared, key.Length, value.Length) > _options.BlockBytes))
        {
            CutBlock(Separator(key, shared));
        }

        _block.Add(key, shared, stamp, value);
        _blockIsFull = alone;
        if (!sameKey)
        {
            _filter.Add(key);
            _lastKey.Clear();
            _lastKey.Append(key);
        }

        Count(key, stamp, value);
    }

    /// <summary>
    /// Appends what follows the data to <see cref="Finished"/>. Requires at least one entry; nothing can be added afterwards.
    /// </summary>
    public SstMeta Finish()
    {
        Invariant.Require(_takesEntries && EntryCount > 0);
        _takesEntries = false;
        CutBlock(_lastKey.Written);
        long dataEnd = _output.End;
        int filterBlocks = _filter.Finish(_output, out int filterLines);
        BlockLocation root = _index.Finish(_output, _block, _dataBytes <= _options.OneLevelIndexDataBytesMax, out int partitions);
        SstMeta meta = Describe();
        BlockLocation properties = WriteProperties(meta);
        SstFooter footer = new()
        {
            FileId = _fileId,
            DataBlocks = _index.Count,
            FilterBlocks = filterBlocks,
            FilterLines = filterLines,
            IndexPartitions = partitions,
            DataEnd = dataEnd,
            FilterOffset = dataEnd,
            Root = root,
            Properties = properties,
            FileBytes = meta.FileBytes,
        };
        _output.EndPacking();
        footer.Encode(meta.Footer);
        meta.Footer.CopyTo(_output.Append(meta.Footer.Length));
        Invariant.Require(meta.FileBytes == _output.End);
        return meta;
    }

    /// <summary>Lets go of the file, finished or not, and of all memory.</summary>
    public void Rest()
    {
        _takesEntries = false;
        _output.Rest();
        _block.Rest();
        _index.Rest();
        _filter.Rest();
        _lastKey.Dispose();
        _properties.Dispose();
    }

    public void Dispose() => Rest();

    /// <summary>
    /// How many bytes the key shares with the one before it. That they come in order is a duty of the caller, checked here.
    /// </summary>
    private int SharedWithLast(ReadOnlySpan<byte> key, ulong stamp, out bool sameKey)
    {
        sameKey = false;
        if (EntryCount == 0)
        {
            return 0;
        }

        ReadOnlySpan<byte> last = _lastKey.Written;
        int shared = last.CommonPrefixLength(key);
        if (shared == last.Length)
        {
            sameKey = shared == key.Length;
            Invariant.Require(!sameKey || stamp < _lastStamp);
        }
        else
        {
            Invariant.Require(shared < key.Length && last[shared] < key[shared]);
        }

        return shared;
    }

    /// <summary>The shorter of two keys that part the block from what follows: the last key itself, or a prefix of the next one.</summary>
    private ReadOnlySpan<byte> Separator(ReadOnlySpan<byte> next, int shared)
        => shared + 1 < Math.Min(next.Length, _lastKey.Length) ? next[..(shared + 1)] : _lastKey.Written;

    private void CutBlock(ReadOnlySpan<byte> separator) => _index.Add(separator, _output.Write(_block, BlockKind.Data));

    private void Count(ReadOnlySpan<byte> key, ulong stamp, ReadOnlySpan<byte> value)
    {
        if (EntryCount++ == 0)
        {
            _firstKey = key.ToArray();
        }

        ulong sequence = EntryStamp.Sequence(stamp);
        _sequenceMin = Math.Min(_sequenceMin, sequence);
        _sequenceMax = Math.Max(_sequenceMax, sequence);
        _deletes += EntryStamp.Kind(stamp) == EntryKind.Delete ? 1 : 0;
        _dataBytes += key.Length + value.Length;
        _lastStamp = stamp;
    }

    /// <summary>
    /// Once all but the properties and the footer are laid out: how long those two are is known, what stands in them is not.
    /// </summary>
    private SstMeta Describe() => new()
    {
        FileNumber = _fileNumber,
        FileId = _fileId,
        FileBytes = _output.End + SstMeta.PropertiesBytes(_firstKey.Length, _lastKey.Length)
            + BlockFormat.TrailerBytes + SstFormat.FooterBytes,
        FirstKey = _firstKey,
        LastKey = _lastKey.Written.ToArray(),
        FirstSequence = _sequenceMin,
        LastSequence = _sequenceMax,
        EntryCount = EntryCount,
        DeleteCount = _deletes,
        DataBytes = _dataBytes,
        Footer = new byte[SstFormat.FooterBytes],
    };

    private BlockLocation WriteProperties(SstMeta meta)
    {
        meta.EncodeProperties(_properties);
        return _output.Write(_properties.Written, BlockKind.Properties, isPacked: false);
    }
}
