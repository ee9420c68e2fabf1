using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// Writes that look at their items first, decided together under the writers of all their stripes: all of them happen, or none. What else
/// they touch, as indexes, lies in stripes that show only when it is decided; a decision that lacks one writes nothing and is made again.
/// </summary>
internal sealed class DecidedWrite : IWritePlan
{
    private readonly ItemDecision[] _decisions;
    private readonly Func<int, StripeClaim> _claimOf;
    private readonly int _stripeCount;
    private readonly TransactionToken? _token;
    private readonly Dictionary<int, StripeClaim> _held = [];
    private IReadOnlyCollection<int> _lacking = [];
    private StripeClaim[] _others = [];

    /// <param name="decisions">What is decided, each about another item. At least one.</param>
    /// <param name="claimOf">The claim of this disk to a stripe.</param>
    /// <param name="stripeCount">The stripes of the database.</param>
    /// <param name="token">By which a repeat is known, or null.</param>
    public DecidedWrite(ItemDecision[] decisions, Func<int, StripeClaim> claimOf, int stripeCount, TransactionToken? token = null)
    {
        _token = token;
        _decisions = decisions;
        _claimOf = claimOf;
        _stripeCount = stripeCount;
        foreach (ItemDecision decision in decisions)
        {
            _held[decision.Claim.Stripe] = decision.Claim;
        }

        Hold(decisions.SelectMany(decision => decision.OtherStripes(stripeCount)));
    }

    /// <summary>What was decided.</summary>
    public IReadOnlyList<ItemDecision> Decisions => _decisions;

    /// <summary>Whether a stripe was lacking, so that nothing was decided.</summary>
    public bool IsLacking => _lacking.Count > 0;

    /// <summary>The stripes that are held for the decision.</summary>
    public IEnumerable<StripeClaim> Held => _held.Values;

    /// <summary>The most bytes of items that may be written together.</summary>
    public long BytesMax { get; init; } = long.MaxValue;

    /// <summary>The bytes of the items, as they were decided.</summary>
    public long Bytes { get; private set; }

    public int ReadCount => _decisions.Length + (_token?.Keys.Count ?? 0);

    public ReadOnlySpan<StripeClaim> OtherClaims => _others;

    public StripeClaim ClaimAt(int read) => read < _decisions.Length ? _decisions[read].Claim : _token!.Home;

    public ReadOnlySpan<byte> KeyAt(int read) => read < _decisions.Length ? _decisions[read].Key : _token!.Keys[read - _decisions.Length];

    /// <summary>
    /// Holds what was lacking, too. What was held stays so: the stripes of an item that others move to and fro are met at last.
    /// </summary>
    public void HoldLacking() => Hold(_lacking);

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        _lacking = [];
        Bytes = 0;
        if (_token?.TryJudge(reads, _decisions.Length) == false)
        {
            return false;
        }

        bool isToWrite = true;
        for (int i = 0; i < _decisions.Length; i++)
        {
            isToWrite &= _decisions[i].TryJudge(reads, i);
            Bytes += _decisions[i].Bytes;
        }

        if (!isToWrite || Bytes > BytesMax)
        {
            return false;
        }

        ChangeBatch changes = new(batch, reads, _held);
        foreach (ItemDecision decision in _decisions)
        {
            decision.Apply(changes, _stripeCount);
        }

        _token?.Apply(reads, _decisions.Length, changes);
        _lacking = changes.Lacking;
        return !IsLacking && batch.Count > 0;
    }

    private void Hold(IEnumerable<int> stripes)
    {
        foreach (int stripe in stripes)
        {
            _held.TryAdd(stripe, _claimOf(stripe));
        }

        _others = _held.Count == 1 ? [] : [.. _held.Values];
    }
}
