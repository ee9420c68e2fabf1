using Keystone.Simulation.Laws.Model;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Laws.Options;

/// <summary>
/// One random history over one option set. What enters is the seed of the history, what leaves are all answers in their order, as hashes.
/// The history never looks at an answer, so it is the same over every set. What always holds within it: pages put together are the whole
/// scan, a backward scan is a forward one reversed, and a bounded scan is the whole one filtered.
/// </summary>
internal sealed class HistoryRun(int seed, OptionSet set)
{
    private const int Operations = 120;
    private const int ChangesMax = 16;

    /// <summary>With the largest change on top it still fits half of the smallest segment.</summary>
    private const int BatchBytesMax = 2400;

    private readonly Random _random = new(seed);
    private readonly HistoryStore _store = new(set, seed);
    private readonly List<(string What, int Hash)> _answers = [];

    public List<(string What, int Hash)> Run()
    {
        for (int i = 0; i < Operations; i++)
        {
            Do(_random.Next(20));
            _store.Maintain();
        }

        for (int group = 0; group < HistoryStore.Groups; group++)
        {
            Note($"group {group} at the end", _store.Scan(group, [], [], snapshot: null));
        }

        _store.Close();
        return _answers;
    }

    private void Do(int choice)
    {
        switch (choice)
        {
            case < 8:
                WriteDurability durability = _random.Next(4) == 0 ? WriteDurability.Synced : WriteDurability.Buffered;
                _store.Write(DrawChanges(), durability);
                break;
            case 8:
                (byte[] from, byte[] to) = KeyDice.Bounds(_random);
                if (_random.Next(4) == 0)
                {
                    _store.Write([new Change(_random.Next(HistoryStore.Groups), from, null, to)], WriteDurability.Buffered);
                }

                break;
            case 9 or 10:
                Change change = DrawChange();
                WriteStatus status = _store.WriteIf(change, _random.Next(2) == 0 ? null : change.Value);
                _answers.Add(($"a plan on {Convert.ToHexString(change.Key)}", (int)status));
                break;
            case 11 when _store.Snapshot is null:
                _store.TakeSnapshot();
                break;
            case 12:
                _store.EndSnapshot();
                break;
            case < 17:
                Get();
                break;
            default:
                Scan();
                break;
        }
    }

    private void Get()
    {
        int group = _random.Next(HistoryStore.Groups);
        byte[] key = KeyDice.Key(_random);
        byte[]? value = _store.Get(group, key, DrawMoment());
        HashCode hash = default;
        hash.AddBytes(value ?? [0xFF]);
        _answers.Add(($"get {group} {Convert.ToHexString(key)}: {value?.Length}", hash.ToHashCode()));
    }

    private void Scan()
    {
        int group = _random.Next(HistoryStore.Groups);
        (byte[] from, byte[] to) = KeyDice.Bounds(_random);
        int pageSize = 1 + _random.Next(7);
        Snapshot? moment = DrawMoment();
        List<Entry> bounded = _store.Scan(group, from, to, moment);
        Note($"scan {group} {Convert.ToHexString(from)} {Convert.ToHexString(to)}", bounded);
        List<Entry> whole = _store.Scan(group, [], [], moment);
        Require(whole.Where(e => IsWithin(e.Key, from, to)), bounded, "a bounded scan is not the whole one filtered");
        List<Entry> reverse = _store.Scan(group, from, to, moment, isBackward: true);
        Require(Enumerable.Reverse(reverse), bounded, "a backward scan is not the forward one reversed");
        Require(_store.Scan(group, from, to, moment, pageSize: pageSize), bounded, $"pages of {pageSize} are not the whole scan");
        Require(
            _store.Scan(group, from, to, moment, isBackward: true, pageSize: pageSize),
            reverse,
            $"backward pages of {pageSize} are not the whole backward scan");
    }

    private Snapshot? DrawMoment() => _random.Next(2) == 0 ? _store.Snapshot : null;

    private List<Change> DrawChanges()
    {
        List<Change> changes = [];
        int bytes = 0;
        for (int count = 1 + _random.Next(ChangesMax); count > 0 && bytes < BatchBytesMax; count--)
        {
            changes.Add(DrawChange());
            bytes += changes[^1].Key.Length + (changes[^1].Value?.Length ?? 0);
        }

        return changes;
    }

    private Change DrawChange()
        => new(_random.Next(HistoryStore.Groups), KeyDice.Key(_random), _random.Next(4) == 0 ? null : KeyDice.Value(_random));

    private void Note(string what, List<Entry> entries)
    {
        HashCode hash = default;
        foreach (Entry entry in entries)
        {
            hash.AddBytes(entry.Key);
            hash.AddBytes(entry.Value);
        }

        _answers.Add(($"{what}: {entries.Count} entries", hash.ToHashCode()));
    }

    private static bool IsWithin(byte[] key, byte[] from, byte[] to)
        => key.AsSpan().SequenceCompareTo(from) >= 0 && (to.Length == 0 || key.AsSpan().SequenceCompareTo(to) < 0);

    private static void Require(IEnumerable<Entry> one, IEnumerable<Entry> other, string law)
    {
        bool isSame = one.Select(e => (Convert.ToHexString(e.Key), Convert.ToHexString(e.Value)))
            .SequenceEqual(other.Select(e => (Convert.ToHexString(e.Key), Convert.ToHexString(e.Value))));
        LawFailure.Require(isSame, law);
    }
}
