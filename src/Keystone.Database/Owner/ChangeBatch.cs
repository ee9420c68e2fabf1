using Keystone.Database.Streams;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// What a decision writes, in stripes whose writers it holds. A stripe that it does not hold is noted as lacking, and nothing counts then:
/// the decision has to be made again with that one too.
/// </summary>
internal sealed class ChangeBatch(
    WriteBatch batch, PlanReads reads, IReadOnlyDictionary<int, StripeClaim> held, StreamClock? clock = null)
{
    /// <summary>The stripe that was written first, mostly the only one; those behind it are in <see cref="_others"/>.</summary>
    private int _first = -1;
    private ulong _firstNext;
    private Dictionary<int, ulong>? _others;
    private HashSet<int>? _lacking;

    /// <summary>The stripes that would have to be held too.</summary>
    public IReadOnlyCollection<int> Lacking => _lacking ?? (IReadOnlyCollection<int>)[];

    /// <summary>Gives a key a value, and returns the sequence that the operation has in its stripe.</summary>
    public ulong Put(int stripe, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!held.TryGetValue(stripe, out StripeClaim claim))
        {
            (_lacking ??= []).Add(stripe);
            return 0;
        }

        batch.Put(claim, key, value);
        return Count(stripe);
    }

    /// <summary>Removes a key, and returns the sequence that the operation has in its stripe.</summary>
    public ulong Delete(int stripe, ReadOnlySpan<byte> key)
    {
        if (!held.TryGetValue(stripe, out StripeClaim claim))
        {
            (_lacking ??= []).Add(stripe);
            return 0;
        }

        batch.Delete(claim, key);
        return Count(stripe);
    }

    /// <summary>Puts a change into a stream. Requires that the write has begun with the clock of streams.</summary>
    public void Record(uint stream, int stripe, int stripeCount, ReadOnlySpan<byte> change)
        => Put(stripe, ChangeFormat.KeyOf(stream, stripe, stripeCount, clock!.Next()), change);

    private ulong Count(int stripe)
    {
        if (_first < 0)
        {
            _first = stripe;
            _firstNext = reads.NextSequenceOf(stripe);
        }

        if (stripe == _first)
        {
            return _firstNext++;
        }

        _others ??= [];
        ulong sequence = _others.TryGetValue(stripe, out ulong next) ? next : reads.NextSequenceOf(stripe);
        _others[stripe] = sequence + 1;
        return sequence;
    }
}
