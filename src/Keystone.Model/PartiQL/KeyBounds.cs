using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>A lower and an upper bound of one attribute together, as a query can have them.</summary>
/// <param name="Between">Both bounds, which are within.</param>
/// <param name="Strict">Those of the two terms whose bound is not within, to be asked of what is read.</param>
internal sealed record KeyBounds(BetweenTerm Between, IReadOnlyList<Term> Strict)
{
    /// <summary>The bounds of two comparisons with an attribute; null if they are not a lower and an upper one that is not below.</summary>
    public static KeyBounds? Of(string attribute, Term first, Term second)
    {
        if (BoundOf(attribute, first) is not { } one || BoundOf(attribute, second) is not { } other || one.IsLower == other.IsLower)
        {
            return null;
        }

        (Bound lower, Bound upper) = one.IsLower ? (one, other) : (other, one);
        if (lower.Value.Kind != upper.Value.Kind || RowOrder.Compare(lower.Value, upper.Value) > 0)
        {
            return null;
        }

        var between = new BetweenTerm(
            new PathOperand(DocumentPath.Of(attribute)), new ValueOperand(lower.Value), new ValueOperand(upper.Value));
        return new KeyBounds(between, [.. new[] { lower, upper }.Where(bound => bound.IsStrict).Select(bound => bound.Term)]);
    }

    private static Bound? BoundOf(string attribute, Term term)
    {
        if (term is not ComparisonTerm { Sign: "<" or "<=" or ">" or ">=" } comparison)
        {
            return null;
        }

        bool isTurned = comparison.Left is ValueOperand;
        Operand path = isTurned ? comparison.Right : comparison.Left;
        bool isAbout = path is PathOperand { Path.IsAttribute: true } operand && operand.Path.Attribute == attribute;
        return isAbout && (isTurned ? comparison.Left : comparison.Right) is ValueOperand value
            ? new Bound(term, value.Value, comparison.Sign[0] == '>' != isTurned, comparison.Sign.Length == 1)
            : null;
    }

    private sealed record Bound(Term Term, AttributeValue Value, bool IsLower, bool IsStrict);
}
