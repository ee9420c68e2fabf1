using System.Buffers.Binary;
using System.IO.Hashing;

namespace Keystone.Storage.Files;

/// <summary>
/// The file IDENTITY: which store a directory is. Written anew under a temporary name and renamed at every open, because the
/// incarnation grows with each.
/// <code>
///  0      4         8                24           28          32           40        48
/// +------+---------+----------------+------------+-----------+------------+---------+
/// |"KSID"|version  |store id        |stripe count|0          |incarnation |checksum |
/// +------+---------+----------------+------------+-----------+------------+---------+
/// </code>
/// Little-endian; the checksum is XxHash3-64 of the 40 bytes before it.
/// </summary>
internal sealed record StoreIdentity(UInt128 StoreId, int StripeCount, ulong Incarnation)
{
    /// <summary>The version of all formats of a store together. 0: formats may still change.</summary>
    public const uint FormatVersion = 0;

    private const int Bytes = 48;
    private const uint Magic = 0x4449_534B;

    public static StoreIdentity Read(IFileSystem files, string directory)
    {
        string path = Path.Combine(directory, FileNames.Identity);
        using IFile file = files.Open(path, writable: false);
        byte[] bytes = new byte[Bytes];
        int read = file.ReadUpTo(0, bytes);
        if (read < Bytes
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes) != Magic
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(40)) != XxHash3.HashToUInt64(bytes.AsSpan(0, 40)))
        {
            throw StoreException.Corrupt(path, 0, "it is not the identity of a store");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        if (version > FormatVersion)
        {
            throw new StoreException(
                StoreErrorCode.NewerFormat,
                $"{directory} has store format {version}; this version reads up to {FormatVersion}. Use the version that wrote it.");
        }

        return new StoreIdentity(
            BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(8)),
            BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(24)),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(32)));
    }

    /// <summary>Writes and syncs the temporary file, renames it, syncs the directory.</summary>
    public void Write(IFileSystem files, string directory)
    {
        byte[] bytes = new byte[Bytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), FormatVersion);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(8), StoreId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), StripeCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Incarnation);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(40), XxHash3.HashToUInt64(bytes.AsSpan(0, 40)));
        string path = Path.Combine(directory, FileNames.Identity);
        string temporary = FileNames.Temporary(path);
        using (IFile file = files.Create(temporary))
        {
            file.WriteAll(0, bytes);
            file.Sync();
        }

        files.Rename(temporary, path);
        files.SyncDirectory(directory);
    }
}
