using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Keystone.Storage.Files;

/// <summary>
/// The file IDENTITY: which store a directory is. Written anew under a temporary name and renamed at every open, because the
/// incarnation grows with each.
/// <code>
///  0      4         8                24           28          32           40
/// +------+---------+----------------+------------+-----------+------------+-----------------------+----------+
/// |"KSID"|version  |store id        |stripe count|key ids k  |incarnation |k x [length (1)][name] |checksum 8|
/// +------+---------+----------------+------------+-----------+------------+-----------------------+----------+
/// </code>
/// Little-endian; the checksum is XxHash3-64 of the bytes before it. A store with key ids is encrypted: they name the keys of the ring
/// under which something in it may be wrapped.
/// </summary>
internal sealed record StoreIdentity(UInt128 StoreId, int StripeCount, ulong Incarnation)
{
    /// <summary>More than a rotation ever leaves behind; the oldest names go first.</summary>
    public const int KeyIdsMax = 16;

    /// <summary>The version of all formats of a store together. 0: formats may still change.</summary>
    public const uint FormatVersion = 0;

    private const int FixedBytes = 40;
    private const int ChecksumBytes = 8;
    private const int BytesMax = 4096;
    private const uint Magic = 0x4449_534B;

    /// <summary>Names of keys of the ring, the newest last; none in a store that is not encrypted.</summary>
    public IReadOnlyList<string> KeyIds { get; init; } = [];

    public bool IsEncrypted => KeyIds.Count > 0;

    public static StoreIdentity Read(IFileSystem files, string directory)
    {
        string path = Path.Combine(directory, FileNames.Identity);
        using IFile file = files.Open(path, writable: false);
        byte[] room = new byte[BytesMax];
        ReadOnlySpan<byte> bytes = room.AsSpan(0, file.ReadUpTo(0, room));
        if (!IsWhole(bytes))
        {
            throw StoreException.Corrupt(path, 0, "it is not the identity of a store");
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);
        if (version > FormatVersion)
        {
            throw new StoreException(
                StoreErrorCode.NewerFormat,
                $"{directory} has store format {version}; this version reads up to {FormatVersion}. Use the version that wrote it.");
        }

        int stripeCount = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]);
        if (stripeCount is < 1 or > StoreLimits.StripesMax || !int.IsPow2(stripeCount))
        {
            throw StoreException.Corrupt(path, 24, $"{stripeCount} is not a number of stripes");
        }

        return new StoreIdentity(
            BinaryPrimitives.ReadUInt128LittleEndian(bytes[8..]),
            stripeCount,
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[32..]))
        {
            KeyIds = ReadKeyIds(bytes[FixedBytes..^ChecksumBytes]),
        };
    }

    /// <summary>Writes and syncs the temporary file, renames it, syncs the directory.</summary>
    public void Write(IFileSystem files, string directory)
    {
        byte[] names = [.. KeyIds.SelectMany(id => (byte[])[(byte)id.Length, .. Encoding.ASCII.GetBytes(id)])];
        byte[] bytes = new byte[FixedBytes + names.Length + ChecksumBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), FormatVersion);
        BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(8), StoreId);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), StripeCount);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(32), Incarnation);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), KeyIds.Count);
        names.CopyTo(bytes, FixedBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(^ChecksumBytes), XxHash3.HashToUInt64(bytes.AsSpan(..^ChecksumBytes)));
        string path = Path.Combine(directory, FileNames.Identity);
        string temporary = FileNames.Temporary(path);
        if (files.FileExists(temporary))
        {
            // An earlier attempt failed on it.
            files.Unlink(temporary);
        }

        using (IFile file = files.Create(temporary))
        {
            file.WriteAll(0, bytes);
            file.Sync();
        }

        files.Rename(temporary, path);
        files.SyncDirectory(directory);
    }

    /// <summary>The same store whose keys may now be wrapped under this key, too.</summary>
    public StoreIdentity WithKeyId(string keyId)
        => this with { KeyIds = [.. KeyIds.Where(id => id != keyId).TakeLast(KeyIdsMax - 1), keyId] };

    private static bool IsWhole(ReadOnlySpan<byte> bytes)
        => bytes.Length >= FixedBytes + ChecksumBytes
            && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == Magic
            && BinaryPrimitives.ReadUInt64LittleEndian(bytes[^ChecksumBytes..]) == XxHash3.HashToUInt64(bytes[..^ChecksumBytes]);

    private static List<string> ReadKeyIds(ReadOnlySpan<byte> names)
    {
        List<string> ids = [];
        while (!names.IsEmpty && names[0] < names.Length)
        {
            ids.Add(Encoding.ASCII.GetString(names.Slice(1, names[0])));
            names = names[(1 + names[0])..];
        }

        return ids;
    }
}
