using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// Brings blocks of one file in: read, compare the checksum, open the seal, unpack, look at the shape. Whatever is wrong is Corrupt with
/// file and offset. Used by any number of threads.
/// </summary>
internal sealed unsafe class BlockIo(in SstFooter footer, DataKey? key)
{
    private readonly SstFooter _footer = footer;

    /// <summary>
    /// Reads the stored bytes of a block into <paramref name="stored"/>, replacing what it held. One call that may block.
    /// </summary>
    public static void Read(IFile file, BlockLocation location, NativeBuffer stored)
    {
        stored.Clear();
        file.ReadExactly(location.Offset, stored.Append(location.Length));
    }

    /// <summary>Compares the checksum of stored bytes. Returns how many bytes the payload has when it is unpacked.</summary>
    public int Check(string path, BlockKind kind, BlockLocation location, ReadOnlySpan<byte> stored, out Compression codec)
    {
        fixed (byte* bytes = stored)
        {
            bool isIt = BlockFormat.TryOpen(
                bytes, stored.Length, kind, _footer.FileId, location.Offset, key is not null, out codec, out int rawLength);
            return isIt
                ? rawLength
                : throw StoreException.Corrupt(
                    path, location.Offset, $"this is not the {Name(kind)} block that was written here (checksum)");
        }
    }

    /// <summary>Unpacks a payload whose checksum was right into <paramref name="target"/>.</summary>
    public void Unpack(
        string path,
        BlockKind kind,
        BlockLocation location,
        ReadOnlySpan<byte> stored,
        Compression codec,
        BlockUnpacker unpacker,
        byte* target,
        int rawLength)
    {
        fixed (byte* bytes = stored)
        {
            int payloadLength = stored.Length - BlockFormat.TrailerBytes;
            byte* payload = key is null ? bytes : OpenSeal(path, kind, location, bytes, stored.Length, unpacker);
            if (!unpacker.TryUnpack(codec, payload, payloadLength, target, rawLength))
            {
                throw StoreException.Corrupt(path, location.Offset, $"the {Name(kind)} block cannot be unpacked by codec {(int)codec}");
            }
        }

        if (!HasShapeOf(kind, location, target, rawLength))
        {
            throw StoreException.Corrupt(path, location.Offset, $"the {Name(kind)} block has an impossible layout");
        }
    }

    /// <summary>Checks and unpacks into a buffer, replacing what it held.</summary>
    public void Unpack(
        string path, BlockKind kind, BlockLocation location, ReadOnlySpan<byte> stored, BlockUnpacker unpacker, NativeBuffer target)
    {
        int rawLength = Check(path, kind, location, stored, out Compression codec);
        target.Clear();
        target.EnsureFree(rawLength);
        Unpack(path, kind, location, stored, codec, unpacker, target.Pointer, rawLength);
        target.Length = rawLength;
    }

    /// <summary>
    /// The checksum says that these are the bytes that were written; this says that no reader who follows them leaves the block or the
    /// file.
    /// </summary>
    private bool HasShapeOf(BlockKind kind, BlockLocation location, byte* payload, int length) => kind switch
    {
        BlockKind.Data => BlockReader.IsWellFormed(payload, length),
        BlockKind.Index or BlockKind.IndexRoot
            => BlockReader.IsWellFormed(payload, length) && _footer.IsIndex(kind, new BlockReader(payload)),
        BlockKind.Filter => length == location.Length - BlockFormat.TrailerBytes,
        _ => true,
    };

    private byte* OpenSeal(string path, BlockKind kind, BlockLocation location, byte* stored, int storedLength, BlockUnpacker unpacker)
    {
        byte* room = unpacker.RoomFor(storedLength);
        return BlockFormat.TryOpenSeal(stored, storedLength, kind, _footer.FileId, location.Offset, key!, room)
            ? room
            : throw StoreException.Corrupt(path, location.Offset, $"the seal of the {Name(kind)} block is broken");
    }

    private static string Name(BlockKind kind) => kind switch
    {
        BlockKind.Data => "data",
        BlockKind.Index => "index",
        BlockKind.IndexRoot => "root index",
        BlockKind.Filter => "filter",
        _ => "properties",
    };
}
