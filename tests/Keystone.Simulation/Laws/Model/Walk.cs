using Keystone.Storage;

namespace Keystone.Simulation.Laws.Model;

/// <summary>An iterator beside the entries that it has to walk over. It may be kept while the store goes on changing.</summary>
internal sealed class Walk(StripeIterator iterator, List<Entry> entries) : IDisposable
{
    private const int LoadsMax = 1000;

    private int _at = -1;

    private bool IsOnEntry => _at >= 0 && _at < entries.Count;

    /// <summary>Makes one move, drawn from <paramref name="random"/>, and requires that it ends where it has to.</summary>
    public void Move(Random random, byte[] target)
    {
        switch (random.Next(IsOnEntry ? 16 : 4))
        {
            case 0:
                _at = 0;
                Require(Do(i => i.SeekFirst()), "the first");
                break;
            case 1:
                _at = entries.Count - 1;
                Require(Do(i => i.SeekLast()), "the last");
                break;
            case 2:
                _at = ReferenceMap.PositionOf(entries, target);
                Require(Do(i => i.Seek(target)), $"a seek to {Convert.ToHexString(target)}");
                break;
            case 3:
                _at = ReferenceMap.PositionOf(entries, target) - 1;
                Require(Do(i => i.SeekBefore(target)), $"a seek before {Convert.ToHexString(target)}");
                break;
            case < 11:
                _at++;
                Require(Do(i => i.Next()), "the next");
                break;
            default:
                _at--;
                Require(Do(i => i.Previous()), "the previous");
                break;
        }
    }

    /// <summary>Walks from one end to the other and requires every entry.</summary>
    public void RequireAll(bool isBackward)
    {
        _at = isBackward ? entries.Count - 1 : 0;
        Require(Do(i => isBackward ? i.SeekLast() : i.SeekFirst()), "an end");
        while (IsOnEntry)
        {
            _at += isBackward ? -1 : 1;
            Require(Do(i => isBackward ? i.Previous() : i.Next()), isBackward ? "the previous" : "the next");
        }
    }

    public void Dispose() => iterator.Dispose();

    private IteratorState Do(Func<StripeIterator, IteratorState> move)
    {
        for (int i = 0; i < LoadsMax; i++)
        {
            IteratorState state = move(iterator);
            if (state != IteratorState.NeedsDisk)
            {
                return state;
            }

            iterator.Load();
        }

        throw new LawFailure("a move of an iterator needs the disk again and again");
    }

    private void Require(IteratorState state, string what)
    {
        if (!IsOnEntry)
        {
            LawFailure.Require(
                state == IteratorState.End, $"{what} of {entries.Count} entries is beyond the end, but the walk stands on one");
            return;
        }

        LawFailure.Require(state == IteratorState.Entry, $"{what} is entry {_at} of {entries.Count}, but the walk is at its end");
        LawFailure.Require(
            iterator.Key.SequenceEqual(entries[_at].Key) && iterator.Value.SequenceEqual(entries[_at].Value),
            $"{what} is {Convert.ToHexString(entries[_at].Key)}, entry {_at}; the walk has {Convert.ToHexString(iterator.Key)} "
            + "or another value");
    }
}
