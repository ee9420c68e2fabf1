using Keystone.Simulation.Laws.Model;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Options;

/// <summary>
/// A store as a history sees it: groups of keys, wherever the option set puts them. A group lies in a stripe with others, behind its own
/// first byte, so that the number of stripes changes nothing that can be seen. Between operations, dice of the option set flush, compact,
/// close and open the store, or go on in a copy of it; an open snapshot has to outlive none of the last two, so they wait.
/// </summary>
internal sealed class HistoryStore
{
    public const int Groups = 6;

    private readonly SimulatedFileSystem _files = new();
    private readonly SeededJobHost _host;
    private readonly OptionSet _set;
    private readonly StoreOptions _options;
    private readonly Random _maintenance;
    private StorageEngine _engine;
    private string _directory = SwarmOptions.Directory;
    private int _copies;

    public HistoryStore(OptionSet set, int seed)
    {
        _set = set;
        _host = new SeededJobHost(seed);
        _options = set.Draw(_files, _host);
        _maintenance = new Random(unchecked((seed * 31) + set.Name.Length));
        _engine = LawOptions.Create(_options, _host);
    }

    public Snapshot? Snapshot { get; private set; }

    public void Write(IReadOnlyList<Change> changes, WriteDurability durability)
    {
        WriteBatch batch = new();
        foreach (Change change in changes)
        {
            Placed(change).AddTo(batch);
        }

        WriteResult result = _host.Await(_engine.WriteAsync(batch, durability));
        LawFailure.Require(result.Status == WriteStatus.Committed, $"a batch was answered with {result.Status}");
    }

    /// <summary>Writes the change if the key holds what is expected. Returns how it ended.</summary>
    public WriteStatus WriteIf(Change change, byte[]? expected)
    {
        Change placed = Placed(change);
        ConditionPlan plan = new([(placed.Stripe, placed.Key, expected)], [placed]);
        return _host.Await(_engine.WriteAsync(plan, WriteDurability.Buffered)).Status;
    }

    public byte[]? Get(int group, byte[] key, Snapshot? snapshot)
    {
        byte[] value = new byte[8 << 10];
        ReadResult result = _engine.Get(ClaimOf(group), [(byte)group, .. key], value, snapshot);
        return result.Status == ReadStatus.Found ? value[..result.ValueBytes] : null;
    }

    /// <summary>
    /// The entries of a group from one key up to but not including another (empty: its end), in one walk or, with a page size, in many:
    /// each begins where the one before ended.
    /// </summary>
    public List<Entry> Scan(int group, byte[] from, byte[] to, Snapshot? snapshot, bool isBackward = false, int pageSize = int.MaxValue)
    {
        List<Entry> all = [];
        byte[] low = [(byte)group, .. from];
        byte[] high = to.Length == 0 ? [(byte)(group + 1)] : [(byte)group, .. to];
        int taken;
        do
        {
            List<Entry> page = Page(group, low, high, snapshot, isBackward, pageSize);
            taken = page.Count;
            if (taken > 0)
            {
                // Forward, the smallest key behind the last one; backward, the last one, which an upper bound leaves out.
                low = isBackward ? low : [.. page[^1].Key, 0];
                high = isBackward ? page[^1].Key : high;
            }

            all.AddRange(page.Select(e => new Entry(e.Key[1..], e.Value)));
        }
        while (taken == pageSize);
        return all;
    }

    public void TakeSnapshot() => Snapshot ??= _engine.TakeSnapshot();

    public void EndSnapshot()
    {
        Snapshot?.Dispose();
        Snapshot = null;
    }

    /// <summary>What may come between two operations and must not be seen by either.</summary>
    public void Maintain()
    {
        if (_maintenance.NextDouble() >= _set.MaintenanceShare)
        {
            return;
        }

        switch (_maintenance.Next(6))
        {
            case 0:
                _host.Await(_engine.CompactAsync());
                break;
            case 1 when Snapshot is null && !_options.InMemory:
                Reopen(_directory);
                break;
            case 2 when Snapshot is null && !_options.InMemory:
                string copy = $"/copy-{++_copies}";
                _host.Await(_engine.CheckpointAsync(copy));
                Reopen(copy);
                break;
            case 3:
                _host.RunFor(TimeSpan.FromMilliseconds(_maintenance.Next(20)));
                break;
            default:
                _host.Await(_engine.FlushAsync());
                break;
        }
    }

    public void Close()
    {
        EndSnapshot();
        LawOptions.Close(_engine, _host);
    }

    private void Reopen(string directory)
    {
        LawOptions.Close(_engine, _host);
        _directory = directory;
        _engine = LawOptions.Open(_options, directory);
    }

    private List<Entry> Page(int group, byte[] low, byte[] high, Snapshot? snapshot, bool isBackward, int pageSize)
    {
        using StripeIterator iterator =
            _engine.OpenIterator(ClaimOf(group), low, high, snapshot) ?? throw new LawFailure($"group {group} is not served");
        List<Entry> page = [];
        bool isFirst = true;
        while (page.Count < pageSize)
        {
            IteratorState state = isFirst
                ? isBackward ? iterator.SeekLast() : iterator.SeekFirst()
                : isBackward ? iterator.Previous() : iterator.Next();
            if (state == IteratorState.End)
            {
                break;
            }

            if (state == IteratorState.NeedsDisk)
            {
                iterator.Load();
                continue;
            }

            isFirst = false;
            page.Add(new Entry(iterator.Key.ToArray(), iterator.Value.ToArray()));
        }

        return page;
    }

    private StripeClaim ClaimOf(int group) => new(group % _options.StripeCount, 1);

    private Change Placed(Change change)
        => new(
            change.Stripe % _options.StripeCount,
            [(byte)change.Stripe, .. change.Key],
            change.Value,
            change.To is not { } to ? null : to.Length == 0 ? [(byte)(change.Stripe + 1)] : [(byte)change.Stripe, .. to]);
}
