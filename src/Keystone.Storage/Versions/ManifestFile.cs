using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Log;

namespace Keystone.Storage.Versions;

/// <summary>
/// A manifest as a file: how it comes into force and how it is read back.
/// <para>
/// A new one is written whole before CURRENT names it: fill, first record, sync, directory sync; CURRENT.tmp, sync, rename,
/// directory sync; only then the old one is unlinked. So at every moment CURRENT names a manifest that is complete. Until the rename
/// nobody depends on the new one, so an attempt that failed before may be discarded and made again under another number.
/// </para>
/// </summary>
internal sealed class ManifestFile(
    IFileSystem files, string directory, UInt128 storeId, MemoryAccount account, KeyVault? vault = null)
{
    /// <summary>A manifest has room for at least this many times its first record before it is replaced.</summary>
    private const int RoomFactor = 4;

    private const int FillBytesMax = 1 << 20;

    /// <summary>
    /// Whether CURRENT was renamed and the directory is not known to be synced: a power loss may bring back either manifest, so neither
    /// may go. A rename that fails for want of room has changed nothing.
    /// </summary>
    public bool IsInDoubt { get; private set; }

    /// <summary>Brings a new manifest into force, one blocking call a step. The result is in <see cref="Writer"/> afterwards.</summary>
    public IEnumerable<JobStep> Create(long number, VersionEdit first, long fileBytesMin)
    {
        using NativeBuffer group = new(account, NativeBuffer.AlignmentBytes);
        using NativeBuffer scratch = new(account, NativeBuffer.AlignmentBytes);
        group.Append(GroupHeader.Bytes);
        WrapKeys(CollectionsMarshal.AsSpan(first.Keys));
        VersionEditFormat.Encode(first, group, scratch);
        long fileBytes = Math.Max(fileBytesMin, GroupHeader.SizeInFile(group.Length) * (long)RoomFactor);

        IFile file = files.Create(PathOf(number));
        DataKey? key = vault?.NewKey();
        WrappedKey? wrapped = key is null ? null : vault!.Wrap(key);
        GroupWriter writer = new(file, fileBytes, storeId, (ulong)number, GroupKind.Manifest, key, wrapped);
        bool inForce = false;
        try
        {
            yield return JobStep.Again;
            for (long offset = 0; offset < fileBytes; offset += FillBytesMax)
            {
                file.WriteAll(offset, Zeros.Span[..(int)Math.Min(FillBytesMax, fileBytes - offset)]);
                yield return JobStep.Again;
            }

            writer.Write(group, number: 1, durableThrough: 0);
            yield return JobStep.Again;
            writer.Sync();
            yield return JobStep.Again;
            files.SyncDirectory(directory);
            yield return JobStep.Again;
            foreach (JobStep step in PutInForce(number))
            {
                yield return step;
            }

            Writer = writer;
            inForce = true;
        }
        finally
        {
            if (!inForce)
            {
                writer.Dispose();
            }
        }
    }

    /// <summary>The writer of the manifest that <see cref="Create"/> made.</summary>
    public GroupWriter? Writer { get; private set; }

    /// <summary>
    /// Removes what an attempt of <see cref="Create"/> left that failed before the rename, so that its room is free again.
    /// </summary>
    public IEnumerable<JobStep> Discard(long number)
    {
        foreach (string path in new[] { FileNames.Temporary(Path.Combine(directory, FileNames.Current)), PathOf(number) })
        {
            bool isThere = files.FileExists(path);
            yield return JobStep.Again;
            if (isThere)
            {
                files.Unlink(path);
                yield return JobStep.Again;
            }
        }
    }

    /// <summary>Keys are written down under the key of the ring that is current by then.</summary>
    public void WrapKeys(ReadOnlySpan<FileKey> keys)
    {
        foreach (FileKey key in keys)
        {
            vault!.Wrap(key);
        }
    }

    /// <summary>The number of the manifest that CURRENT names.</summary>
    public long ReadCurrent()
    {
        string path = Path.Combine(directory, FileNames.Current);
        using IFile file = files.Open(path, writable: false);
        byte[] bytes = new byte[256];
        string text = Encoding.ASCII.GetString(bytes, 0, file.ReadUpTo(0, bytes));
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || FileNames.Parse(text[..space], out long number) != FileKind.Manifest || text != CurrentText(number))
        {
            throw StoreException.Corrupt(path, 0, "it does not name a manifest of this store");
        }

        return number;
    }

    /// <summary>
    /// Reads a manifest from its first record to its last. <paramref name="unsettled"/> gets the segments whose newest record is not
    /// known to be durable: the next power loss may bring back what the manifest said of them before.
    /// </summary>
    public ManifestState Read(long number, int stripeCount, out HashSet<long> unsettled)
    {
        ManifestState state = new(stripeCount);
        Dictionary<long, ulong> recordOf = [];
        ulong durableThrough = 0;
        using IFile file = files.Open(PathOf(number), writable: false);
        using GroupReader reader = new(file, storeId, (ulong)number, GroupKind.Manifest, account, new GroupKeys(null, vault));
        ulong expected = 1;
        while (reader.TryReadNext())
        {
            if (reader.Header.Number != expected)
            {
                throw StoreException.Corrupt(
                    file.Path, reader.Header.OffsetBytes, $"record {reader.Header.Number} stands where record {expected} should");
            }

            VersionEdit edit = VersionEditFormat.Decode(reader.Body, file.Path, reader.Header.OffsetBytes);
            state.Apply(edit);
            edit.Segments.ForEach(s => recordOf[s.FileNumber] = expected);
            durableThrough = Math.Max(durableThrough, reader.Header.DurableThrough);
            expected++;
        }

        long claim = reader.FindClaimOf(expected);
        if (claim >= 0 || expected == 1)
        {
            throw StoreException.Corrupt(
                file.Path,
                reader.Position,
                expected == 1
                    ? "its first record is damaged"
                    : $"record {expected} is damaged, though the record at {claim} says that it was durable");
        }

        // The first record was synced before CURRENT named the manifest. The opening makes CURRENT itself durable: see PutInForce.
        durableThrough = Math.Max(durableThrough, 1);
        unsettled = [.. recordOf.Where(r => r.Value > durableThrough).Select(r => r.Key)];
        return state;
    }

    public string PathOf(long number) => Path.Combine(directory, FileNames.Manifest(number));

    /// <summary>
    /// Lets CURRENT name a manifest, durably. An opening does so for the one that it has read: the rename may have been in doubt when the
    /// life before ended, and a power loss would bring back a manifest that still needs what this one has given up.
    /// </summary>
    public IEnumerable<JobStep> PutInForce(long number)
    {
        string current = Path.Combine(directory, FileNames.Current);
        string temporary = FileNames.Temporary(current);
        using (IFile file = files.Create(temporary))
        {
            yield return JobStep.Again;
            file.WriteAll(0, Encoding.ASCII.GetBytes(CurrentText(number)));
            yield return JobStep.Again;
            file.Sync();
            yield return JobStep.Again;
        }

        files.Rename(temporary, current);
        IsInDoubt = true;
        yield return JobStep.Again;
        files.SyncDirectory(directory);
        IsInDoubt = false;
        yield return JobStep.Again;
    }

    /// <summary>A name, a checksum that binds it to the store, a line end.</summary>
    private string CurrentText(long number)
    {
        string name = FileNames.Manifest(number);
        ulong checksum = XxHash3.HashToUInt64(Encoding.ASCII.GetBytes(name), (long)((ulong)storeId ^ (ulong)(storeId >> 64)));
        return $"{name} {checksum:x16}\n";
    }
}
