using System.Numerics;
using Keystone.Storage.Buffers;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>
/// Looks at a damaged directory and says what there is to read: identity, manifest, table files, segments. Reads only. What is missing or
/// damaged is noted and got around: the store's id out of any group, the manifest by its number, tables and segments by their names. In an
/// encrypted store a file whose key is lost is lost with it: bytes without a seal are somebody else's and never taken over.
/// </summary>
internal sealed class RepairSurvey(string directory, RepairSettings settings, MemoryAccount account)
{
    private readonly IFileSystem _files = settings.Files;
    private readonly List<RepairLoss> _losses = [];
    private readonly Dictionary<long, string> _manifests = [];
    private readonly SortedDictionary<long, string> _tables = [];
    private readonly Dictionary<long, string> _segments = [];

    /// <exception cref="StoreException">
    /// NotFound when there is nothing of a store; LimitExceeded when its stripes cannot be told; KeyMissing without its key ring.
    /// </exception>
    public RepairPlan Run()
    {
        SortNames();
        StoreIdentity? identity = Try(FileNames.Identity, () => StoreIdentity.Read(_files, directory));
        RequireRing(identity);
        UInt128 storeId = identity?.StoreId ?? FindStoreId(out _);
        ManifestEvidence manifest = ReadManifest(storeId);
        int stripeCount = identity?.StripeCount ?? settings.Options.StripeCount ?? StripesOf(manifest);
        return new RepairPlan
        {
            StoreId = storeId,
            StripeCount = stripeCount,
            Manifest = manifest,
            Tables = [.. NamedTables(manifest), .. manifest.IsWhole ? [] : OtherTables(manifest, stripeCount)],
            Segments = SegmentsOf(manifest),
            Losses = _losses,
        };
    }

    private void SortNames()
    {
        foreach (string name in _files.List(directory))
        {
            switch (FileNames.Parse(name, out long number))
            {
                case FileKind.Manifest:
                    _manifests[number] = name;
                    break;
                case FileKind.Sst:
                    _tables[number] = name;
                    break;
                case FileKind.Segment:
                    _segments[number] = name;
                    break;
            }
        }

        if (_manifests.Count + _tables.Count + _segments.Count == 0)
        {
            throw new StoreException(StoreErrorCode.NotFound, $"{directory} holds nothing of a store. Check the path.");
        }
    }

    private void RequireRing(StoreIdentity? identity)
    {
        if (identity is null && settings.Vault is null)
        {
            _ = FindStoreId(out bool isSealed);
            if (isSealed)
            {
                throw new StoreException(
                    StoreErrorCode.KeyMissing, $"{directory} is encrypted, and its identity is lost. Give the key ring of the store.");
            }
        }

        if (identity is not null && identity.IsEncrypted != settings.Vault is not null)
        {
            throw identity.IsEncrypted
                ? new StoreException(
                    StoreErrorCode.KeyMissing,
                    $"{directory} is encrypted under the keys {string.Join(", ", identity.KeyIds)}. Give the key ring that has them.")
                : new StoreException(StoreErrorCode.NotEncrypted, $"{directory} is not encrypted. Repair it without a key ring.");
        }
    }

    /// <summary>A group says of which store it is; a checksum that matches under that id proves it.</summary>
    private UInt128 FindStoreId(out bool isSealed)
    {
        isSealed = false;
        foreach ((long number, string name) in _manifests.Concat(_segments))
        {
            GroupKind kind = _manifests.ContainsKey(number) ? GroupKind.Manifest : GroupKind.Commit;
            using IFile file = _files.Open(PathOf(name), writable: false);
            byte[] header = new byte[GroupHeader.Bytes];
            if (file.ReadUpTo(0, header) == header.Length && GroupHeader.TryReadOwner(header, out UInt128 storeId, out ulong generation))
            {
                using GroupReader reader = new(file, storeId, generation, kind, account);
                if (reader.HasNext())
                {
                    isSealed = GroupHeader.TryRead(header, storeId, generation, kind, 0, file.Length(), out GroupHeader first)
                        && first.IsSealed;
                    return storeId;
                }
            }
        }

        return UInt128.Zero;
    }

    /// <summary>
    /// The manifest in force or, where CURRENT does not tell it, the newest: it was whole before CURRENT named it.
    /// </summary>
    private ManifestEvidence ReadManifest(UInt128 storeId)
    {
        ManifestEvidence evidence = new();
        long? current = Try(FileNames.Current, () => (long?)new ManifestFile(_files, directory, storeId, account).ReadCurrent());
        long number = current is { } named && _manifests.ContainsKey(named) ? named : _manifests.Keys.DefaultIfEmpty().Max();
        if (number == 0)
        {
            _losses.Add(new RepairLoss(FileNames.Manifest(current ?? 1), 0, 0, null, "there is no manifest"));
            return evidence;
        }

        string name = _manifests[number];
        _ = Try(name, () =>
        {
            using IFile file = _files.Open(PathOf(name), writable: false);
            evidence.Read(file, name, storeId, (ulong)number, account, settings.Vault, _losses.Add);
            return evidence;
        });
        return evidence;
    }

    /// <summary>A store of its own claims all of its stripes.</summary>
    private static int StripesOf(ManifestEvidence manifest)
        => manifest.Epochs is { Count: > 0 and int count } && BitOperations.IsPow2(count) && manifest.Epochs.Keys.Max() == count - 1
            ? count
            : throw new StoreException(
                StoreErrorCode.LimitExceeded, "The identity is lost and nothing tells how many stripes the store has. Say how many.");

    private IEnumerable<(int Stripe, SstMeta Meta)> NamedTables(ManifestEvidence manifest)
    {
        foreach ((int stripe, FileRecord file) in manifest.Files)
        {
            if (_tables.TryGetValue(file.Meta.FileNumber, out string? name))
            {
                if (!HasKey(manifest, file.Meta.FileNumber, name, file.Meta.EntryCount))
                {
                    continue;
                }

                yield return (stripe, file.Meta);
                continue;
            }

            _losses.Add(new RepairLoss(
                FileNames.Sst(file.Meta.FileNumber), 0, file.Meta.FileBytes, file.Meta.EntryCount, "the file is not there"));
        }
    }

    private IEnumerable<(int Stripe, SstMeta Meta)> OtherTables(ManifestEvidence manifest, int stripeCount)
    {
        int lowestOwned = Enumerable.Range(0, stripeCount).FirstOrDefault(stripe => Owns(manifest, stripe));
        foreach ((long number, string name) in _tables.Where(t => !manifest.Names(t.Key) && !manifest.IsRemoved(t.Key)))
        {
            if (!HasKey(manifest, number, name, entries: null))
            {
                continue;
            }

            SstMeta? meta = Try(name, () =>
            {
                using IFile file = _files.Open(PathOf(name), writable: false);
                return SstMeta.ReadFrom(file, number, account, manifest.KeyOf(number));
            });
            if (meta is null)
            {
                continue;
            }

            int stripe = settings.Options.StripeOf?.Invoke(meta.FirstKey, meta.LastKey, stripeCount, lowestOwned) ?? -1;
            if (stripe >= 0 && stripe < stripeCount)
            {
                yield return (stripe, meta);
            }
            else
            {
                _losses.Add(new RepairLoss(name, 0, meta.FileBytes, meta.EntryCount, "nothing tells to which stripe it belongs"));
            }
        }
    }

    private SegmentRecord[] SegmentsOf(ManifestEvidence manifest)
    {
        List<SegmentRecord> found = [];
        foreach (SegmentRecord segment in manifest.Segments)
        {
            if (_segments.ContainsKey(segment.FileNumber))
            {
                found.Add(segment);
            }
            else
            {
                _losses.Add(new RepairLoss(FileNames.Segment(segment.FileNumber), 0, 0, null, "the file is not there"));
            }
        }

        foreach ((long number, string name) in manifest.IsWhole ? [] : _segments.Where(s => found.TrueForAll(f => f.FileNumber != s.Key)))
        {
            ulong? generation = Try(name, () => GenerationOf(name));
            if (generation is { } use)
            {
                found.Add(new SegmentRecord(number, use, 0, 0));
            }
        }

        return
        [
            .. found.Where(s => HasKey(manifest, s.FileNumber, FileNames.Segment(s.FileNumber), entries: null)).OrderBy(s => s.Generation),
        ];
    }

    private bool Owns(ManifestEvidence manifest, int stripe)
        => settings.Options.OwnedStripes is { } owned
            ? owned.Contains(stripe)
            : !manifest.KnowsClaims || manifest.Epochs.GetValueOrDefault(stripe) > 0;

    /// <summary>Whether a file can be read under its seal, or the store has no seals.</summary>
    private bool HasKey(ManifestEvidence manifest, long number, string name, long? entries)
    {
        bool hasKey = settings.Vault is null || manifest.KeyOf(number) is not null;
        if (!hasKey)
        {
            using IFile file = _files.Open(PathOf(name), writable: false);
            _losses.Add(new RepairLoss(name, 0, file.Length(), entries, "its key is lost"));
        }

        return hasKey;
    }

    /// <summary>Which use of its bytes a segment says that it has: by its first group, or by the next one that has a header.</summary>
    private ulong? GenerationOf(string name)
    {
        using IFile file = _files.Open(PathOf(name), writable: false);
        byte[] header = new byte[GroupHeader.Bytes];
        for (long offset = 0; file.ReadUpTo(offset, header) == header.Length; offset += GroupHeader.Alignment)
        {
            if (GroupHeader.TryReadOwner(header, out _, out ulong generation))
            {
                return generation;
            }
        }

        return null;
    }

    /// <summary>What cannot be read is lost, and the survey goes on.</summary>
    private T? Try<T>(string name, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (StoreException failure) when (failure.Code is StoreErrorCode.Corrupt or StoreErrorCode.NotFound or StoreErrorCode.Io)
        {
            long bytes = 0;
            if (_files.FileExists(PathOf(name)))
            {
                using IFile file = _files.Open(PathOf(name), writable: false);
                bytes = file.Length();
            }

            _losses.Add(new RepairLoss(name, 0, bytes, null, failure.Message));
            return default;
        }
    }

    private string PathOf(string name) => Path.Combine(directory, name);
}
