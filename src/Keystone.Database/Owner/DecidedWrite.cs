using Keystone.Database.Streams;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// Writes that look at their items first, decided together under the writers of all their stripes: all of them happen, or none.
/// </summary>
internal sealed class DecidedWrite : IHoldingPlan
{
    private readonly ItemDecision[] _decisions;
    private readonly int _stripeCount;
    private readonly TransactionToken? _token;

    /// <param name="decisions">What is decided, each about another item. At least one.</param>
    /// <param name="claimOf">The claim of this disk to a stripe.</param>
    /// <param name="stripeCount">The stripes of the database.</param>
    /// <param name="token">By which a repeat is known, or null.</param>
    public DecidedWrite(ItemDecision[] decisions, Func<int, StripeClaim> claimOf, int stripeCount, TransactionToken? token = null)
    {
        _token = token;
        _decisions = decisions;
        _stripeCount = stripeCount;
        Held = new HeldStripes(claimOf);
        foreach (ItemDecision decision in decisions)
        {
            Held.Hold(decision.Claim);
        }

        Held.Hold(decisions.SelectMany(decision => decision.OtherStripes(stripeCount)));
    }

    /// <summary>What was decided.</summary>
    public IReadOnlyList<ItemDecision> Decisions => _decisions;

    public HeldStripes Held { get; }

    /// <summary>Numbers the changes; with it the write has begun, if any of its tables has a stream.</summary>
    public StreamClock? Clock { get; init; }

    /// <summary>The most bytes of items that may be written together.</summary>
    public long BytesMax { get; init; } = long.MaxValue;

    /// <summary>The bytes of the items, as they were decided.</summary>
    public long Bytes { get; private set; }

    public int ReadCount => _decisions.Length + (_token?.Keys.Count ?? 0);

    public ReadOnlySpan<StripeClaim> OtherClaims => Held.Others;

    public StripeClaim ClaimAt(int read) => read < _decisions.Length ? _decisions[read].Claim : _token!.Home;

    public ReadOnlySpan<byte> KeyAt(int read) => read < _decisions.Length ? _decisions[read].Key : _token!.Keys[read - _decisions.Length];

    public bool Decide(PlanReads reads, WriteBatch batch)
    {
        Held.Begin();
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

        ChangeBatch changes = new(batch, reads, Held.Claims, Clock);
        foreach (ItemDecision decision in _decisions)
        {
            decision.Apply(changes, _stripeCount);
        }

        _token?.Apply(reads, _decisions.Length, changes);
        return Held.TryEnd(changes) && batch.Count > 0;
    }
}
