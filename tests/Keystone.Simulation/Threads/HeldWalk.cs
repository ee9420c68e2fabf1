using System.Buffers.Binary;
using Keystone.Simulation.Laws;
using Keystone.Storage;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Threads;

/// <summary>An iterator that is kept open and walked again and again, and has to find the same each time. For one thread.</summary>
internal sealed class HeldWalk : IDisposable
{
    private readonly StripeIterator _iterator;
    private readonly SortedDictionary<int, long> _numbers = [];

    private HeldWalk(StripeIterator iterator, CounterKeys keys, int stripe, long[] floor)
    {
        _iterator = iterator;
        Walk(isBackward: false, _numbers.Add);
        for (int key = stripe; key < keys.Count; key += ThreadStore.Stripes)
        {
            keys.RequireBetween(key, NumberOf(key), floor[key]);
        }
    }

    /// <summary>Opens an iterator over a stripe and walks it for the first time. Null when the store is closed.</summary>
    public static HeldWalk? TryOpen(StorageEngine engine, CounterKeys keys, int stripe, Snapshot? snapshot = null)
    {
        long[] floor = snapshot is null ? keys.Floor(WriteDurability.Buffered) : new long[keys.Count];
        StripeIterator? iterator = engine.OpenIterator(new StripeClaim(stripe, 1), snapshot: snapshot);
        return iterator is { } open ? new HeldWalk(open, keys, stripe, floor) : null;
    }

    /// <summary>The number that a key had at the moment of the iterator, 0 for none.</summary>
    public long NumberOf(int key) => _numbers.GetValueOrDefault(key);

    /// <summary>Walks once more.</summary>
    public void Repeat(bool isBackward)
    {
        int count = 0;
        Walk(isBackward, (key, number) =>
        {
            count++;
            LawFailure.Require(NumberOf(key) == number, $"an iterator had key {key} at {NumberOf(key)} and has it at {number}");
        });
        LawFailure.Require(count == _numbers.Count, $"an iterator had {_numbers.Count} keys and has {count}");
    }

    public void Dispose() => _iterator.Dispose();

    private void Walk(bool isBackward, Action<int, long> onEntry)
    {
        int last = isBackward ? int.MaxValue : -1;
        IteratorState state = Move(isBackward ? _iterator.SeekLast : _iterator.SeekFirst);
        while (state == IteratorState.Entry)
        {
            LawFailure.Require(_iterator.Key.Length == sizeof(int), $"an iterator comes to a key of {_iterator.Key.Length} bytes");
            int key = BinaryPrimitives.ReadInt32BigEndian(_iterator.Key);
            LawFailure.Require(isBackward ? key < last : key > last, $"an iterator goes from key {last} to {key}");
            onEntry(key, MarkedValue.NumberIn(_iterator.Value, key));
            last = key;
            state = Move(isBackward ? _iterator.Previous : _iterator.Next);
        }
    }

    private IteratorState Move(Func<IteratorState> move)
    {
        IteratorState state = move();
        while (state == IteratorState.NeedsDisk)
        {
            _iterator.Load();
            state = move();
        }

        return state;
    }
}
