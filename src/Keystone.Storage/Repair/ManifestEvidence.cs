using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>
/// What the readable records of a manifest say together. Unlike the state that an opening needs, it bears holes: a file counts as there
/// until a record says that it went, whether the record that added it can be read or not.
/// </summary>
internal sealed class ManifestEvidence
{
    private readonly Dictionary<long, (int Stripe, FileRecord File)> _files = [];
    private readonly HashSet<long> _removed = [];
    private readonly Dictionary<(int Stripe, ulong Sequence), DropMark> _drops = [];
    private readonly Dictionary<long, SegmentRecord> _segments = [];
    private readonly Dictionary<long, FileKey> _keys = [];
    private bool _hasFirst;

    /// <summary>Whether every record that was durable could be read: then it names all files, and no other file counts.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>
    /// Whether it tells which stripes the disk owned: the first record holds all claims of its time, later ones what changed.
    /// </summary>
    public bool KnowsClaims => _hasFirst && Epochs.Count > 0;

    public IEnumerable<(int Stripe, FileRecord File)> Files => _files.Values;

    public IEnumerable<SegmentRecord> Segments => _segments.Values;

    public Dictionary<int, ulong> Epochs { get; } = [];

    public Dictionary<int, ulong> FlushedThrough { get; } = [];

    public bool IsRemoved(long fileNumber) => _removed.Contains(fileNumber);

    public bool Names(long fileNumber) => _files.ContainsKey(fileNumber);

    public IEnumerable<DropMark> DropsOf(int stripe) => _drops.Where(d => d.Key.Stripe == stripe).Select(d => d.Value);

    /// <summary>
    /// Reads what can be read of a manifest. <paramref name="onLoss"/> gets the stretches that cannot. Whatever ends the reading, the keys
    /// that were read by then are opened.
    /// </summary>
    public void Read(
        IFile file, string name, UInt128 storeId, ulong number, MemoryAccount account, KeyVault? vault, Action<RepairLoss> onLoss)
    {
        try
        {
            ReadRecords(file, name, storeId, number, account, vault, onLoss);
        }
        finally
        {
            foreach (FileKey key in _keys.Values)
            {
                key.Key ??= vault?.Open(key.Wrapped!, file.Path);
            }
        }
    }

    /// <summary>The key of a table or of a segment's present use; null without one.</summary>
    public DataKey? KeyOf(long fileNumber) => _keys.GetValueOrDefault(fileNumber)?.Key;

    private void ReadRecords(
        IFile file, string name, UInt128 storeId, ulong number, MemoryAccount account, KeyVault? vault, Action<RepairLoss> onLoss)
    {
        using GroupReader reader = new(file, storeId, number, GroupKind.Manifest, account, new GroupKeys(null, vault));
        ulong expected = 1;
        bool isWhole = true;
        while (true)
        {
            while (reader.TryReadNext())
            {
                isWhole &= reader.Header.Number == expected;
                expected = reader.Header.Number + 1;
                _hasFirst |= reader.Header.Number == 1;
                Apply(VersionEditFormat.Decode(reader.Body, file.Path, reader.Header.OffsetBytes));
            }

            long offset = reader.Position;
            bool isTorn = expected > 1 && reader.FindClaimOf(expected) < 0;
            if (isTorn)
            {
                break;
            }

            isWhole = false;
            bool goesOn = reader.TrySkip();
            onLoss(new RepairLoss(name, offset, goesOn ? reader.Position - offset : 0, null, $"record {expected} is damaged"));
            if (!goesOn)
            {
                break;
            }
        }

        IsWhole = isWhole;
    }

    private void Apply(VersionEdit edit)
    {
        edit.Claims.ForEach(c => Raise(Epochs, c.Stripe, c.Epoch));
        edit.FlushedThrough.ForEach(f => Raise(FlushedThrough, f.Stripe, f.Sequence));
        foreach ((int _, int _, long number) in edit.RemovedFiles)
        {
            _files.Remove(number);
            _removed.Add(number);
        }

        foreach ((int stripe, int _, FileRecord file) in edit.AddedFiles)
        {
            // A file that changes its level is removed and added by one record.
            _removed.Remove(file.Meta.FileNumber);
            _files[file.Meta.FileNumber] = (stripe, file);
        }

        edit.RemovedDrops.ForEach(d => _drops.Remove((d.Stripe, d.Sequence)));
        edit.AddedDrops.ForEach(d => _drops[(d.Stripe, d.Mark.Sequence)] = d.Mark);
        edit.Segments.ForEach(s => _segments[s.FileNumber] = s);
        edit.RemovedSegments.ForEach(s => _segments.Remove(s));
        edit.Keys.ForEach(k => _keys[k.FileNumber] = k);
    }

    private static void Raise(Dictionary<int, ulong> numbers, int stripe, ulong number)
        => numbers[stripe] = Math.Max(numbers.GetValueOrDefault(stripe), number);
}
