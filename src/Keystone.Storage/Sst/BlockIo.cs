using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Storage.Sst;

/// <summary>
/// Brings one block from the file: read, compare the checksum, unpack, look at its shape. Whatever is wrong is Corrupt with file and
/// offset.
/// </summary>
internal static unsafe class BlockIo
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
    public static int Check(
        string path, UInt128 fileId, BlockKind kind, BlockLocation location, ReadOnlySpan<byte> stored, out Compression codec)
    {
        fixed (byte* bytes = stored)
        {
            if (!BlockFormat.TryOpen(bytes, stored.Length, kind, fileId, location.Offset, out codec, out int rawLength))
            {
                throw StoreException.Corrupt(path, location.Offset, $"this is not the {Name(kind)} block that was written here (checksum)");
            }

            return rawLength;
        }
    }

    /// <summary>Unpacks a payload whose checksum was right into <paramref name="target"/>.</summary>
    public static void Unpack(
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
            if (!unpacker.TryUnpack(codec, bytes, stored.Length - BlockFormat.TrailerBytes, target, rawLength))
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
    public static void Unpack(
        string path,
        UInt128 fileId,
        BlockKind kind,
        BlockLocation location,
        ReadOnlySpan<byte> stored,
        BlockUnpacker unpacker,
        NativeBuffer target)
    {
        int rawLength = Check(path, fileId, kind, location, stored, out Compression codec);
        target.Clear();
        target.EnsureFree(rawLength);
        Unpack(path, kind, location, stored, codec, unpacker, target.Pointer, rawLength);
        target.Length = rawLength;
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
