using Keystone.Storage.Encryption;

namespace Keystone.Storage.Versions;

/// <summary>
/// Everything that the manifest says at one moment. Owned by whoever reads the manifest (recovery) or writes it (the manifest log);
/// nobody else looks.
/// </summary>
internal sealed class ManifestState
{
    private readonly StripeRecord[] _stripes;
    private readonly Dictionary<long, SegmentRecord> _segments = [];

    /// <summary>By the number of the table or the segment.</summary>
    private readonly Dictionary<long, FileKey> _keys = [];

    public ManifestState(int stripeCount)
    {
        _stripes = new StripeRecord[stripeCount];
        for (int i = 0; i < stripeCount; i++)
        {
            _stripes[i] = new StripeRecord();
        }
    }

    public int StripeCount => _stripes.Length;

    public ManifestCounters Counters { get; private set; }

    /// <summary>
    /// A group through which the log was durable at some moment: a log that ends before it is damaged. Whoever puts files into the
    /// manifest says so, because the files of one stripe would otherwise hide what the log has lost of another.
    /// </summary>
    public ulong LogDurableThrough { get; private set; }

    /// <summary>Segments in the order in which they take groups.</summary>
    public IReadOnlyList<SegmentRecord> SegmentsInOrder => [.. _segments.Values.OrderBy(s => s.Generation)];

    /// <summary>The keys of all tables and segments; none in a store that is not encrypted.</summary>
    public IReadOnlyCollection<FileKey> Keys => _keys.Values;

    public StripeRecord this[int stripe] => _stripes[stripe];

    /// <summary>
    /// Applies an edit. An edit that does not fit what is there (a file removed that nobody added) is damage or a bug, and refused by name.
    /// </summary>
    public void Apply(VersionEdit edit)
    {
        Counters = Counters.Then(edit.Counters);
        LogDurableThrough = Math.Max(LogDurableThrough, edit.LogDurableThrough);
        foreach ((int stripe, ulong epoch) in edit.Claims)
        {
            At(stripe).Epoch = Grown(At(stripe).Epoch, epoch);
        }

        foreach ((int stripe, ulong sequence) in edit.FlushedThrough)
        {
            At(stripe).FlushedThrough = Grown(At(stripe).FlushedThrough, sequence);
        }

        foreach ((int stripe, int level, long number) in edit.RemovedFiles)
        {
            List<FileRecord> files = At(stripe).Levels[level];
            int place = PlaceOf(files, number);
            if (place < 0)
            {
                throw Broken($"file {number} of stripe {stripe} is removed but was not there");
            }

            files.RemoveAt(place);
        }

        foreach ((int stripe, int level, FileRecord file) in edit.AddedFiles)
        {
            long number = file.Meta.FileNumber;
            foreach (List<FileRecord> files in At(stripe).Levels)
            {
                if (PlaceOf(files, number) >= 0)
                {
                    throw Broken($"file {number} of stripe {stripe} is added twice");
                }
            }

            At(stripe).Levels[level].Add(file);
        }

        foreach ((int stripe, ulong sequence) in edit.RemovedDrops)
        {
            bool wasThere = At(stripe).Drops.RemoveAll(m => m.Sequence == sequence) == 1;
            if (!wasThere)
            {
                throw Broken($"drop mark {sequence} of stripe {stripe} is removed but was not there");
            }
        }

        // Behind the removals: a merged mark has the sequence of one that goes.
        foreach ((int stripe, DropMark mark) in edit.AddedDrops)
        {
            At(stripe).Drops.Add(mark);
        }

        foreach (SegmentRecord segment in edit.Segments)
        {
            _segments[segment.FileNumber] = segment;
        }

        foreach (long segment in edit.RemovedSegments)
        {
            if (!_segments.Remove(segment))
            {
                throw Broken($"segment {segment} is removed but was not there");
            }
        }

        ApplyKeys(edit);
    }

    public FileKey? KeyOf(long fileNumber) => _keys.GetValueOrDefault(fileNumber);

    /// <summary>An edit that makes this state out of nothing: the first record of a manifest.</summary>
    public VersionEdit ToEdit()
    {
        VersionEdit edit = new() { Counters = Counters, LogDurableThrough = LogDurableThrough };
        for (int stripe = 0; stripe < _stripes.Length; stripe++)
        {
            StripeRecord record = _stripes[stripe];
            if (record.Epoch != 0)
            {
                edit.Claims.Add((stripe, record.Epoch));
            }

            if (record.FlushedThrough != 0)
            {
                edit.FlushedThrough.Add((stripe, record.FlushedThrough));
            }

            for (int level = 0; level < StripeFiles.LevelCount; level++)
            {
                edit.AddedFiles.AddRange(record.Levels[level].Select(file => (stripe, level, file)));
            }

            edit.AddedDrops.AddRange(record.Drops.Select(mark => (stripe, mark)));
        }

        edit.Segments.AddRange(SegmentsInOrder);
        edit.Keys.AddRange(_keys.Values);
        return edit;
    }

    /// <summary>The numbers of all table files.</summary>
    public HashSet<long> FileNumbers() => [.. _stripes.SelectMany(s => s.Levels).SelectMany(l => l).Select(f => f.Meta.FileNumber)];

    private static int PlaceOf(List<FileRecord> files, long number)
    {
        for (int place = 0; place < files.Count; place++)
        {
            if (files[place].Meta.FileNumber == number)
            {
                return place;
            }
        }

        return -1;
    }

    private void ApplyKeys(VersionEdit edit)
    {
        if (_keys.Count > 0)
        {
            // A file that only changes its level is removed and added by the same edit, and keeps its key.
            HashSet<long> added = [.. edit.AddedFiles.Select(f => f.File.Meta.FileNumber)];
            edit.RemovedFiles.Select(f => f.FileNumber).Where(n => !added.Contains(n)).ToList().ForEach(n => _keys.Remove(n));
            edit.RemovedSegments.ForEach(n => _keys.Remove(n));
        }

        foreach (FileKey key in edit.Keys)
        {
            _keys[key.FileNumber] = key;
        }
    }

    private StripeRecord At(int stripe)
    {
        return stripe < _stripes.Length
            ? _stripes[stripe]
            : throw Broken($"stripe {stripe} is beyond the {_stripes.Length} stripes of this store");
    }

    private static ulong Grown(ulong before, ulong after)
    {
        return after >= before ? after : throw Broken($"a number went back from {before} to {after}");
    }

    private static StoreException Broken(string what)
        => new(StoreErrorCode.Corrupt, $"The manifest contradicts itself: {what}. Restore the store from a backup.");
}

/// <summary>What the manifest says of one stripe.</summary>
internal sealed class StripeRecord
{
    /// <summary>The epoch of this disk's claim; 0 without one.</summary>
    public ulong Epoch { get; set; }

    public ulong FlushedThrough { get; set; }

    public List<FileRecord>[] Levels { get; } = [[], [], [], [], [], [], []];

    public List<DropMark> Drops { get; } = [];
}
