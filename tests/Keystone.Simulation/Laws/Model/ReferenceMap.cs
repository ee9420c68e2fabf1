using Keystone.Simulation.Scripts;

namespace Keystone.Simulation.Laws.Model;

/// <summary>
/// What a store has to answer, in the plainest way: a sorted list of keys and values for each stripe. Every key and value is an array that
/// is never changed, so copies share them.
/// </summary>
internal sealed class ReferenceMap
{
    private readonly List<Entry>[] _stripes;

    public ReferenceMap(int stripeCount) => _stripes = [.. Enumerable.Range(0, stripeCount).Select(_ => new List<Entry>())];

    private ReferenceMap(List<Entry>[] stripes) => _stripes = stripes;

    public int StripeCount => _stripes.Length;

    /// <summary>Keys of all stripes.</summary>
    public int KeyCount => _stripes.Sum(s => s.Count);

    /// <summary>A map that stays as this one is now.</summary>
    public ReferenceMap Copy() => new([.. _stripes.Select(s => new List<Entry>(s))]);

    public IReadOnlyList<Entry> this[int stripe] => _stripes[stripe];

    public byte[]? Get(int stripe, byte[] key) => TryFind(stripe, key, out int at) ? _stripes[stripe][at].Value : null;

    public void Apply(Change change)
    {
        if (change.To is { } to)
        {
            int first = PositionOf(_stripes[change.Stripe], change.Key);
            int end = to.Length == 0 ? _stripes[change.Stripe].Count : PositionOf(_stripes[change.Stripe], to);
            _stripes[change.Stripe].RemoveRange(first, end - first);
        }
        else if (change.Value is { } value)
        {
            Put(change.Stripe, new Entry(change.Key, value));
        }
        else if (TryFind(change.Stripe, change.Key, out int at))
        {
            _stripes[change.Stripe].RemoveAt(at);
        }
    }

    /// <summary>What an iterator with these bounds walks over; an empty <paramref name="to"/> is the end.</summary>
    public List<Entry> Range(int stripe, byte[] from, byte[] to)
    {
        int first = PositionOf(_stripes[stripe], from);
        int end = to.Length == 0 ? _stripes[stripe].Count : PositionOf(_stripes[stripe], to);
        return _stripes[stripe].GetRange(first, Math.Max(0, end - first));
    }

    /// <summary>How many entries of a sorted list lie below a key.</summary>
    public static int PositionOf(List<Entry> entries, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (entries[middle].Key.AsSpan().SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private void Put(int stripe, Entry entry)
    {
        if (TryFind(stripe, entry.Key, out int at))
        {
            _stripes[stripe][at] = entry;
        }
        else
        {
            _stripes[stripe].Insert(at, entry);
        }
    }

    private bool TryFind(int stripe, byte[] key, out int at)
    {
        at = PositionOf(_stripes[stripe], key);
        return at < _stripes[stripe].Count && _stripes[stripe][at].Key.AsSpan().SequenceEqual(key);
    }
}

/// <summary>A key and its value.</summary>
internal readonly record struct Entry(byte[] Key, byte[] Value);
