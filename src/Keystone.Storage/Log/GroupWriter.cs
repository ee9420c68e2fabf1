using Keystone.Storage.Buffers;
using Keystone.Storage.Files;

namespace Keystone.Storage.Log;

/// <summary>
/// Appends groups to one file whose bytes were filled and synced before, so that neither a write nor a sync changes the file's size.
/// Owned by one committer at a time. Any failure of a write or sync leaves the end of the file unknown: the owner must stop using it.
/// </summary>
internal sealed class GroupWriter(IFile file, long fileBytes, UInt128 storeId, ulong generation, GroupKind kind) : IDisposable
{
    public ulong Generation => generation;

    public long FileBytes => fileBytes;

    /// <summary>Where the next group goes.</summary>
    public long Position { get; private set; }

    /// <summary>Whether a group with a body of this size can still be written, and an empty one behind it to close the file.</summary>
    public bool Fits(int bodyBytes) => Position + GroupHeader.SizeInFile(bodyBytes) + GroupHeader.SizeInFile(0) <= fileBytes;

    /// <summary>Seals the group and writes it. <paramref name="group"/> starts with room for the header. Makes one write.</summary>
    public void Write(NativeBuffer group, ulong number, ulong durableThrough)
    {
        int bodyBytes = group.Length - GroupHeader.Bytes;
        int sizeInFile = GroupHeader.SizeInFile(bodyBytes);
        Invariant.Require(bodyBytes >= 0 && Position + sizeInFile <= fileBytes);
        GroupHeader header = new()
        {
            Kind = kind,
            StoreId = storeId,
            Generation = generation,
            Number = number,
            OffsetBytes = Position,
            BodyBytes = bodyBytes,
            DurableThrough = durableThrough,
        };
        header.Seal(group.Written);
        group.Append(sizeInFile - group.Length).Clear();
        file.WriteAll(Position, group.Written);
        Position += sizeInFile;
    }

    /// <summary>Makes everything written so far durable. Makes one sync.</summary>
    public void Sync() => file.Sync();

    public void Dispose() => file.Dispose();
}
