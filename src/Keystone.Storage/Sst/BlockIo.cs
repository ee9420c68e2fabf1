using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// Brings blocks of one file in: read, compare the checksum, open the seal, unpack, look at the shape. Whatever is wrong is Corrupt with
/// file and offset. Used by any number of threads.
/// </summary>
internal sealed unsafe class BlockIo(UInt128 fileId, DataKey? key)
{
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
                bytes, stored.Length, kind, fileId, location.Offset, key is not null, out codec, out int rawLength);
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

        if (kind is BlockKind.Data or BlockKind.Index or BlockKind.IndexRoot && !BlockReader.IsWellFormed(target, rawLength))
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

    private byte* OpenSeal(string path, BlockKind kind, BlockLocation location, byte* stored, int storedLength, BlockUnpacker unpacker)
    {
        byte* room = unpacker.RoomFor(storedLength);
        return BlockFormat.TryOpenSeal(stored, storedLength, kind, fileId, location.Offset, key!, room)
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
