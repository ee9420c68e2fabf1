using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// Reads a whole file and compares it with its description: header, footer, properties, the checksum of every block, the order of the
/// entries, the filter, and all counts. One read a step; the first difference throws Corrupt with file and offset. Disposing frees its
/// memory.
/// </summary>
internal sealed class SstVerifier : IDisposable
{
    private readonly SstReader _reader;
    private readonly MemoryAccount _account;
    private readonly NativeBuffer _lastKey;
    private readonly NativeBuffer _filter;
    private readonly BlockUnpacker _unpacker;
    private readonly SstCursor _cursor;
    private ulong _lastStamp;
    private long _deletes;
    private long _dataBytes;
    private ulong _sequenceMin = ulong.MaxValue;
    private ulong _sequenceMax;
    private int _filterBlocks;
    private Stage _stage;
    private bool _isStarted;

    public SstVerifier(SstReader reader, MemoryAccount account)
    {
        _reader = reader;
        _account = account;
        _lastKey = new NativeBuffer(account, SstFormat.KeyBytesMax);
        _filter = new NativeBuffer(account, NativeBuffer.AlignmentBytes);
        _unpacker = new BlockUnpacker(account);
        _cursor = reader.OpenCursor(throughCache: false, account);
    }

    private enum Stage
    {
        Header,
        Footer,
        Properties,
        Filter,
        Entries,
        Done,
    }

    public long EntryCount { get; private set; }

    /// <summary>Makes the next read and checks what it brought. Returns whether there is more to do.</summary>
    public bool Step()
    {
        _stage = _stage switch
        {
            Stage.Header => CheckHeader(),
            Stage.Footer => CheckFooter(),
            Stage.Properties => CheckProperties(),
            Stage.Filter => ReadFilter(),
            Stage.Entries => CheckEntries(),
            _ => Stage.Done,
        };
        return _stage != Stage.Done;
    }

    public void Dispose()
    {
        _cursor.Reset();
        _filter.Dispose();
        _unpacker.Dispose();
        _lastKey.Dispose();
    }

    private Stage CheckHeader()
    {
        Span<byte> header = stackalloc byte[SstFormat.HeaderBytes];
        Read(0, header);
        Require(SstFormat.IsHeader(header, _reader.Meta.FileId), 0, "the header is not that of this file");
        return Stage.Footer;
    }

    private Stage CheckFooter()
    {
        Span<byte> footer = stackalloc byte[SstFormat.FooterBytes];
        long offset = _reader.Meta.FileBytes - SstFormat.FooterBytes;
        Read(offset, footer);
        Require(footer.SequenceEqual(_reader.Meta.Footer), offset, "the footer is not the one that the manifest holds");
        return Stage.Properties;
    }

    private Stage CheckProperties()
    {
        BlockLocation location = _reader.Footer.Properties;
        using NativeBuffer payload = new(_account, location.Length);
        ReadBlock(BlockKind.Properties, location, payload);
        using NativeBuffer expected = new(_account, location.Length);
        _reader.Meta.EncodeProperties(expected);
        Require(payload.Written.SequenceEqual(expected.Written), location.Offset, "the properties differ from the manifest");
        return Stage.Filter;
    }

    private Stage ReadFilter()
    {
        if (_filterBlocks == _reader.Footer.FilterBlocks)
        {
            return Stage.Entries;
        }

        BlockLocation location = _reader.Footer.FilterLocation(_filterBlocks++);
        using NativeBuffer payload = new(_account, location.Length);
        ReadBlock(BlockKind.Filter, location, payload);
        _filter.Append(payload.Written);
        return Stage.Filter;
    }

    private Stage CheckEntries()
    {
        CursorState state = _isStarted ? _cursor.Next() : _cursor.SeekFirst();
        while (state == CursorState.Entry)
        {
            _isStarted = true;
            CheckEntry();
            state = _cursor.Next();
        }

        if (state == CursorState.NeedsLoad)
        {
            _cursor.Load();
            return Stage.Entries;
        }

        CheckCounts();
        return Stage.Done;
    }

    private unsafe void CheckEntry()
    {
        int order = EntryCount == 0 ? 1 : _cursor.Key.SequenceCompareTo(_lastKey.Written);
        Require(order > 0 || (order == 0 && _cursor.Stamp < _lastStamp), SstFormat.HeaderBytes, $"entry {EntryCount} is out of order");
        if (order > 0 && _reader.Footer.FilterLines > 0)
        {
            ulong hash = SplitBlockFilter.HashOf(_cursor.Key);
            uint line = SplitBlockFilter.LineOf(hash, (uint)_reader.Footer.FilterLines);
            bool mayContain = SplitBlockFilter.MayContain(_filter.Pointer + ((long)line * SplitBlockFilter.LineBytes), hash);
            Require(mayContain, _reader.Footer.FilterOffset, $"the filter denies the key of entry {EntryCount}");
        }

        bool isKnownFirst = EntryCount > 0 || _cursor.Key.SequenceEqual(_reader.Meta.FirstKey);
        Require(isKnownFirst, SstFormat.HeaderBytes, "the first key is not that of the manifest");
        ulong sequence = EntryStamp.Sequence(_cursor.Stamp);
        _sequenceMin = Math.Min(_sequenceMin, sequence);
        _sequenceMax = Math.Max(_sequenceMax, sequence);
        _deletes += EntryStamp.Kind(_cursor.Stamp) == EntryKind.Delete ? 1 : 0;
        _dataBytes += _cursor.KeyLength + _cursor.ValueLength;
        _lastStamp = _cursor.Stamp;
        _lastKey.Clear();
        _lastKey.Append(_cursor.Key);
        EntryCount++;
    }

    private void CheckCounts()
    {
        SstMeta meta = _reader.Meta;
        bool isSame = meta.EntryCount == EntryCount && meta.DeleteCount == _deletes && meta.DataBytes == _dataBytes
            && meta.FirstSequence == _sequenceMin && meta.LastSequence == _sequenceMax && _lastKey.Written.SequenceEqual(meta.LastKey);
        Require(isSame, _reader.Footer.DataEnd, "counts, sequences or the last key differ from the manifest");
    }

    private void Read(long offset, Span<byte> target)
    {
        OpenHandle open = _reader.Blocks.PinHandle();
        try
        {
            open.File.ReadExactly(offset, target);
        }
        finally
        {
            open.Unpin();
        }
    }

    private void ReadBlock(BlockKind kind, BlockLocation location, NativeBuffer payload)
    {
        using NativeBuffer stored = new(_account, location.Length);
        Read(location.Offset, stored.Append(location.Length));
        _reader.Blocks.Io.Unpack(
            FileNames.Sst(_reader.Meta.FileNumber), kind, location, stored.Written, _unpacker, payload);
    }

    private void Require(bool condition, long offset, string what)
    {
        if (!condition)
        {
            throw StoreException.Corrupt(FileNames.Sst(_reader.Meta.FileNumber), offset, what);
        }
    }
}
