using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;

namespace Keystone.Storage.Log;

/// <summary>
/// Appends groups to one file whose bytes were filled and synced before, so that neither a write nor a sync changes the file's size.
/// Owned by one committer at a time. With a key it seals every body; the key is this writer's alone, and a manifest's first record
/// carries it. Any failure of a write or sync leaves the end of the file unknown: the owner must stop using it.
/// </summary>
internal sealed class GroupWriter(
    IFile file, long fileBytes, UInt128 storeId, ulong generation, GroupKind kind, DataKey? key = null, WrappedKey? carried = null)
    : IDisposable
{
    public DataKey? Key => key;

    public ulong Generation => generation;

    public long FileBytes => fileBytes;

    /// <summary>Where the next group goes.</summary>
    public long Position { get; private set; }

    /// <summary>Whether a group with a body of this size can still be written, and an empty one behind it to close the file.</summary>
    public bool Fits(int bodyBytes) => Position + SizeInFile(bodyBytes) + SizeInFile(0) <= fileBytes;

    /// <summary>
    /// Completes the group and writes it. <paramref name="group"/> starts with room for the header; a body that is sealed is sealed in its
    /// place. Makes one write.
    /// </summary>
    public void Write(NativeBuffer group, ulong number, ulong durableThrough)
    {
        long offset = Position;
        Complete(group, number, durableThrough);
        file.WriteAll(offset, group.Written);
    }

    /// <summary>Completes the group, gives it the next place in the file and does not write it.</summary>
    public void Complete(NativeBuffer group, ulong number, ulong durableThrough)
    {
        int plainBytes = group.Length - GroupHeader.Bytes;
        WrappedKey? carriedHere = Position == 0 ? carried : null;
        int bodyBytes = plainBytes + (key is null ? 0 : SealedBody.ExtraBytes + SealedBody.KeyBytes(carriedHere));
        int sizeInFile = GroupHeader.SizeInFile(bodyBytes);
        Invariant.Require(plainBytes >= 0 && Position + sizeInFile <= fileBytes);
        GroupHeader header = new()
        {
            IsSealed = key is not null,
            CarriesKey = carriedHere is not null,
            Kind = kind,
            StoreId = storeId,
            Generation = generation,
            Number = number,
            OffsetBytes = Position,
            BodyBytes = bodyBytes,
            DurableThrough = durableThrough,
        };
        if (key is null)
        {
            header.WriteFields(group.Written);
        }
        else
        {
            SealedBody.Seal(group, header, key, carriedHere);
        }

        header.WriteChecksum(group.Written);
        group.Append(sizeInFile - group.Length).Clear();
        Position += sizeInFile;
    }

    /// <summary>
    /// Writes groups that were completed one after another to the place that the first of them was given. Makes one write.
    /// </summary>
    public void WriteCompleted(long offset, ReadOnlySpan<byte> groups) => file.WriteAll(offset, groups);

    /// <summary>Makes everything written so far durable. Makes one sync.</summary>
    public void Sync() => file.Sync();

    public void Dispose()
    {
        key?.Rest();
        file.Dispose();
    }

    /// <summary>What a group takes that this writer writes, its key aside.</summary>
    private int SizeInFile(int plainBytes) => GroupHeader.SizeInFile(key is null ? plainBytes : plainBytes + SealedBody.ExtraBytes);
}
