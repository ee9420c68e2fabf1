using System.Runtime.CompilerServices;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Log;

/// <summary>
/// Reads the groups of one file in order and, where they stop, decides whether that is a torn tail or damage.
/// <para>
/// Replay stops at the first bad group. If any valid group of the same generation beyond it claims that the bad one was durable,
/// somebody may have been told of it: that is corruption and the store does not open. Otherwise nobody was, and the tail is torn.
/// A failed read is an error of its own and never the end of the log. All of this is decided by frames and checksums. A body that is
/// sealed is opened when its group is read; one that does not open, or is not sealed where it should be, is damage.
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
    private readonly GroupKeys _keys;
    private readonly NativeBuffer _window;
    private readonly NativeBuffer? _plain;
    private long _windowOffset;
    private DataKey? _key;

    public GroupReader(IFile file, UInt128 storeId, ulong generation, GroupKind kind, MemoryAccount account, GroupKeys keys = default)
    {
        _file = file;
        _storeId = storeId;
        _generation = generation;
        _kind = kind;
        _keys = keys;
        _key = keys.Key;
        _plain = keys.IsSealed ? new NativeBuffer(account, NativeBuffer.AlignmentBytes) : null;
        _fileBytes = file.Length();
        _window = new NativeBuffer(account, (int)Math.Min(WindowBytes, Math.Max(_fileBytes, 1)));
    }

    /// <summary>Where the next group starts. May be set to where some group is known to start.</summary>
    public long Position { get; set; }

    /// <summary>The body of the group that was read last, opened. Valid until the next read.</summary>
    public ReadOnlySpan<byte> Body => _plain is null ? Group[GroupHeader.Bytes..] : _plain.Written;

    public GroupHeader Header { get; private set; }

    /// <summary>The group that was read last as it stands in the file.</summary>
    private ReadOnlySpan<byte> Group => Bytes(Header.OffsetBytes, GroupHeader.Bytes + Header.BodyBytes);

    /// <summary>Reads the next group. False at the first place that holds no valid group of this file.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
        OpenBody();
        Position = header.EndBytes;
        return true;
    }

    /// <summary>
    /// Looks beyond the place where reading stopped. Returns the offset of a valid group that claims that group
    /// <paramref name="missing"/> was durable, or -1 when none does.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>Whether a valid group stands where reading goes on, whether it can be opened or not.</summary>
    public bool HasNext() => TryReadAt(Position, out _);

    /// <summary>
    /// For those who salvage: goes on at the next valid group behind the place where reading stopped. False when there is none.
    /// </summary>
    public bool TrySkip()
    {
        for (long offset = Position + GroupHeader.Alignment; offset + GroupHeader.Bytes <= _fileBytes; offset += GroupHeader.Alignment)
        {
            if (TryReadAt(offset, out _))
            {
                Position = offset;
                return true;
            }
        }

        return false;
    }

    public void Dispose()
    {
        _window.Dispose();
        _plain?.Dispose();
        _key?.Rest();
    }

    private void OpenBody()
    {
        if (Header.IsSealed != _keys.IsSealed)
        {
            string what = _keys.IsSealed ? "is not sealed, though the store is encrypted" : "is sealed, though the store is not encrypted";
            throw StoreException.Corrupt(_file.Path, Header.OffsetBytes, $"group {Header.Number} {what}");
        }

        if (_plain is null)
        {
            return;
        }

        if (Header.CarriesKey && _keys.Vault is { } vault && SealedBody.TryReadKey(Group) is { } carried)
        {
            _key = vault.Open(carried, _file.Path);
        }

        _plain.Clear();
        if (_key is null || !SealedBody.TryOpen(Group, Header, _key, _plain))
        {
            throw StoreException.Corrupt(_file.Path, Header.OffsetBytes, $"the seal of group {Header.Number} is broken");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryReadAt(long offset, out GroupHeader header)
    {
        header = default;
        return offset + GroupHeader.Bytes <= _fileBytes
            && GroupHeader.TryRead(Bytes(offset, GroupHeader.Bytes), _storeId, _generation, _kind, offset, _fileBytes, out header)
            && header.Matches(Bytes(offset, GroupHeader.Bytes + header.BodyBytes));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

/// <summary>
/// What opens the groups of a file: its key, or the vault that opens the key which its first group carries. The default is a file that
/// is not sealed.
/// </summary>
internal readonly record struct GroupKeys(DataKey? Key, KeyVault? Vault)
{
    public bool IsSealed => Key is not null || Vault is not null;
}
