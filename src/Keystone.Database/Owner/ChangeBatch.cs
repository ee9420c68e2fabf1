using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// What a decision writes, in stripes whose writers it holds. A stripe that it does not hold is noted as lacking, and nothing counts then:
/// the decision has to be made again with that one too.
/// </summary>
internal sealed class ChangeBatch(WriteBatch batch, PlanReads reads, IReadOnlyDictionary<int, StripeClaim> held)
{
    private readonly Dictionary<int, ulong> _next = [];

    /// <summary>The stripes that would have to be held too.</summary>
    public HashSet<int> Lacking { get; } = [];

    /// <summary>Gives a key a value, and returns the sequence that the operation has in its stripe.</summary>
    public ulong Put(int stripe, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!held.TryGetValue(stripe, out StripeClaim claim))
        {
            Lacking.Add(stripe);
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
            Lacking.Add(stripe);
            return 0;
        }

        batch.Delete(claim, key);
        return Count(stripe);
    }

    /// <summary>The sequence that the next operation in a stripe gets. Requires that the stripe is held.</summary>
    public ulong NextOf(int stripe) => _next.TryGetValue(stripe, out ulong next) ? next : reads.NextSequenceOf(stripe);

    private ulong Count(int stripe)
    {
        ulong sequence = NextOf(stripe);
        _next[stripe] = sequence + 1;
        return sequence;
    }
}
