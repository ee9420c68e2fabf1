using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Storage.Log;

/// <summary>
/// Reads the groups of one file in order and, where they stop, decides whether that is a torn tail or damage.
/// <para>
/// Replay stops at the first bad group. If any valid group of the same generation beyond it claims that the bad one was durable,
/// somebody may have been told of it: that is corruption and the store does not open. Otherwise nobody was, and the tail is torn.
/// A failed read is an error of its own and never the end of the log.
/// </para>
/// </summary>
internal sealed class GroupReader : IDisposable
{
    private const int WindowBytes = 1 << 20;

    private readonly IFile _file;
    private readonly UInt128 _storeId;
    private readonly ulong _generation;
    private readonly GroupKind _kind;
    private readonly long _fileBytes;
    private readonly NativeBuffer _window;
    private long _windowOffset;

    public GroupReader(IFile file, UInt128 storeId, ulong generation, GroupKind kind, MemoryAccount account)
    {
        _file = file;
        _storeId = storeId;
        _generation = generation;
        _kind = kind;
        _fileBytes = file.Length();
        _window = new NativeBuffer(account, (int)Math.Min(WindowBytes, Math.Max(_fileBytes, 1)));
    }

    /// <summary>Where the next group starts.</summary>
    public long Position { get; private set; }

    /// <summary>The group that was read last, header included. Valid until the next read.</summary>
    public ReadOnlySpan<byte> Group => Bytes(Header.OffsetBytes, GroupHeader.Bytes + Header.BodyBytes);

    public ReadOnlySpan<byte> Body => Group[GroupHeader.Bytes..];

    public GroupHeader Header { get; private set; }

    /// <summary>Reads the next group. False at the first place that holds no valid group of this file.</summary>
    public bool TryReadNext()
    {
        if (!TryReadAt(Position, out GroupHeader header))
        {
            return false;
        }

        byte version = GroupHeader.VersionOf(Bytes(Position, GroupHeader.Bytes));
        if (version > GroupHeader.FormatVersion)
        {
            throw new StoreException(
                StoreErrorCode.NewerFormat,
                $"{_file.Path} has log format {version}; this version reads up to {GroupHeader.FormatVersion}. "
                + "Use the version that wrote it.");
        }

        Header = header;
        Position = header.EndBytes;
        return true;
    }

    /// <summary>
    /// Looks beyond the place where reading stopped. Returns the offset of a valid group that claims that group
    /// <paramref name="missing"/> was durable, or -1 when none does.
    /// </summary>
    public long FindClaimOf(ulong missing)
    {
        for (long offset = Position; offset + GroupHeader.Bytes <= _fileBytes; offset += GroupHeader.Alignment)
        {
            if (TryReadAt(offset, out GroupHeader header) && header.DurableThrough >= missing)
            {
                return offset;
            }
        }

        return -1;
    }

    public void Dispose() => _window.Dispose();

    private bool TryReadAt(long offset, out GroupHeader header)
    {
        header = default;
        return offset + GroupHeader.Bytes <= _fileBytes
            && GroupHeader.TryRead(Bytes(offset, GroupHeader.Bytes), _storeId, _generation, _kind, offset, _fileBytes, out header)
            && header.Matches(Bytes(offset, GroupHeader.Bytes + header.BodyBytes));
    }

    private ReadOnlySpan<byte> Bytes(long offset, int length)
    {
        if (offset < _windowOffset || offset + length > _windowOffset + _window.Length)
        {
            Fill(offset, length);
        }

        return _window.Written.Slice((int)(offset - _windowOffset), length);
    }

    private void Fill(long offset, int length)
    {
        _window.Clear();
        int bytes = (int)Math.Min(Math.Max(length, WindowBytes), _fileBytes - offset);
        _file.ReadExactly(offset, _window.Append(bytes));
        _windowOffset = offset;
    }
}
