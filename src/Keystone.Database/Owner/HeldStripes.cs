using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// The stripes whose writers a decision holds. What it touches besides its items, as indexes, lies in stripes that show only when it is
/// decided; a decision that lacks one writes nothing and is made again. What was held stays held: the stripes of an item that others move
/// to and fro are met at last.
/// </summary>
/// <param name="claimOf">The claim of this disk to a stripe.</param>
internal sealed class HeldStripes(Func<int, StripeClaim> claimOf)
{
    private readonly Dictionary<int, StripeClaim> _held = [];
    private IReadOnlyCollection<int> _lacking = [];
    private StripeClaim[] _others = [];

    /// <summary>Whether a stripe was lacking, so that nothing was decided.</summary>
    public bool IsLacking => _lacking.Count > 0;

    /// <summary>The stripes that are held.</summary>
    public IReadOnlyDictionary<int, StripeClaim> Claims => _held;

    /// <summary>All of them, if they are more than the one of the items.</summary>
    public ReadOnlySpan<StripeClaim> Others => _others;

    /// <summary>Holds a stripe under a claim that is known.</summary>
    public void Hold(StripeClaim claim) => _held[claim.Stripe] = claim;

    /// <summary>Holds stripes, too.</summary>
    public void Hold(IEnumerable<int> stripes)
    {
        foreach (int stripe in stripes)
        {
            _held.TryAdd(stripe, claimOf(stripe));
        }

        _others = _held.Count == 1 ? [] : [.. _held.Values];
    }

    /// <summary>Holds what was lacking, too.</summary>
    public void HoldLacking() => Hold(_lacking);

    /// <summary>Begins a decision.</summary>
    public void Begin() => _lacking = [];

    /// <summary>Ends a decision. False if a stripe was lacking.</summary>
    public bool TryEnd(ChangeBatch changes)
    {
        _lacking = changes.Lacking;
        return !IsLacking;
    }
}

/// <summary>A plan that holds stripes, and may have to be decided again with more of them.</summary>
internal interface IHoldingPlan : IWritePlan
{
    /// <summary>The stripes that it holds.</summary>
    HeldStripes Held { get; }
}
