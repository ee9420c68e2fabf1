using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;

namespace Keystone.Storage.Sst;

/// <summary>
/// Where the bytes of a growing file gather until they are written: packs and seals blocks, and knows at which offset each of them will
/// stand. Serves one file after another.
/// </summary>
internal sealed unsafe class BlockOutput(MemoryAccount account, Compression compression, int capacity) : IDisposable
{
    /// <summary>Above this, memory that a large value or a large batch of blocks took is given back.</summary>
    private const int KeptBytesMax = 2 << 20;

    private readonly NativeBuffer _ready = new(account, 0);
    private readonly NativeBuffer _raw = new(account, 0);
    private readonly BlockPacker _packer = new(account, compression);
    private UInt128 _fileId;
    private DataKey? _key;
    private int _taken;

    /// <summary>Bytes that nobody has taken yet.</summary>
    public ReadOnlySpan<byte> Ready => new(_ready.Pointer + _taken, _ready.Length - _taken);

    /// <summary>Where in the file they belong.</summary>
    public long ReadyOffset { get; private set; }

    /// <summary>Where in the file the next byte will stand.</summary>
    public long End => ReadyOffset + _ready.Length - _taken;

    /// <summary>From here on blocks are those of this file. Requires that it rests.</summary>
    public void Begin(UInt128 fileId, DataKey? key)
    {
        _fileId = fileId;
        _key = key;
        _ready.EnsureFree(capacity);
    }

    public void Taken(int bytes)
    {
        Invariant.Require(bytes >= 0 && bytes <= _ready.Length - _taken);
        _taken += bytes;
        ReadyOffset += bytes;
        if (_taken == _ready.Length)
        {
            _ready.ShrinkTo(Math.Max(capacity, KeptBytesMax));
            _taken = 0;
        }
    }

    public Span<byte> Append(int bytes) => _ready.Append(bytes);

    /// <summary>Finishes the builder's block.</summary>
    public BlockLocation Write(BlockBuilder block, BlockKind kind)
    {
        if (compression == Compression.None)
        {
            return Seal(block.Finish(_ready), kind);
        }

        _raw.Clear();
        block.Finish(_raw);
        BlockLocation location = Write(_raw.Written, kind, isPacked: true);
        _raw.ShrinkTo(KeptBytesMax);
        return location;
    }

    /// <summary>Appends a block with this payload, packed if that is wanted and worth it.</summary>
    public BlockLocation Write(ReadOnlySpan<byte> payload, BlockKind kind, bool isPacked)
    {
        _ready.EnsureFree(payload.Length + BlockFormat.TrailerBytes);
        byte* target = _ready.Pointer + _ready.Length;
        fixed (byte* source = payload)
        {
            int packed = isPacked ? _packer.TryPack(source, payload.Length, target) : 0;
            if (packed == 0)
            {
                payload.CopyTo(new Span<byte>(target, payload.Length));
                _ready.Length += payload.Length;
                return Seal(payload.Length, kind);
            }

            _ready.Length += packed;
            return Seal(packed, payload.Length, compression, kind);
        }
    }

    /// <summary>The last block is written: what packing took is given back, the bytes stay until they are taken.</summary>
    public void EndPacking() => _packer.Rest();

    /// <summary>Forgets the file and what nobody has taken, and frees all memory.</summary>
    public void Rest()
    {
        _ready.Dispose();
        _packer.Rest();
        _raw.Dispose();
        _key = null;
        _taken = 0;
        ReadyOffset = 0;
    }

    public void Dispose() => Rest();

    private BlockLocation Seal(int length, BlockKind kind) => Seal(length, length, Compression.None, kind);

    /// <summary>Puts the trailer behind the payload at the end of the ready bytes.</summary>
    private BlockLocation Seal(int payloadLength, int rawLength, Compression codec, BlockKind kind)
    {
        long offset = End - payloadLength;
        _ready.EnsureFree(BlockFormat.TrailerBytes);
        BlockFormat.Seal(_ready.Pointer + _ready.Length - payloadLength, payloadLength, rawLength, codec, kind, _fileId, offset, _key);
        _ready.Length += BlockFormat.TrailerBytes;
        return BlockLocation.Of(offset, payloadLength + BlockFormat.TrailerBytes);
    }
}
