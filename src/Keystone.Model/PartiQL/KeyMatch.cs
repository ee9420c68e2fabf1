using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.PartiQL;

/// <summary>One run of keys that a statement reads: the attributes that are given, and what else is asked of the next one.</summary>
/// <param name="Equal">The terms by which attributes of the key are equal to a value, in the order of the key.</param>
/// <param name="Range">The term on the attribute behind them; null means every value of it.</param>
internal sealed record KeyBranch(IReadOnlyList<(string Name, AttributeValue Value)> Equal, Term? Range)
{
    public Term ToTerm()
    {
        List<Term> terms = [.. Equal.Select(part => KeyMatch.Equality(part.Name, part.Value))];
        if (Range is not null)
        {
            terms.Add(Range);
        }

        return terms.Count == 1 ? terms[0] : new AndTerm(terms);
    }
}

/// <summary>
/// Finds in a WHERE clause what decides about the key, and leaves the rest. What always holds: a term is either used up by the keys that
/// are read or left in the rest; none is dropped.
/// </summary>
internal sealed class KeyMatch
{
    private readonly List<Term> _rest;
    private readonly List<KeyBranch> _branches = [new KeyBranch([], null)];

    private KeyMatch(Term? where) => _rest = [.. TermsOf(where)];

    /// <summary>The terms that the keys say nothing about.</summary>
    public IReadOnlyList<Term> Rest => _rest;

    /// <summary>The runs of keys, in the order in which the statement has them.</summary>
    public IReadOnlyList<KeyBranch> Branches => _branches;

    /// <summary>The runs that satisfy a WHERE clause, or null if it does not give the partition: then everything is to be read.</summary>
    public static KeyMatch? Of(Term? where, IReadOnlyList<KeyAttribute> partition, IReadOnlyList<KeyAttribute> sort)
    {
        var match = new KeyMatch(where);
        foreach (KeyAttribute attribute in partition)
        {
            if (!match.TakeValues(attribute.Name))
            {
                return null;
            }
        }

        foreach (KeyAttribute attribute in sort)
        {
            if (!match.TakeValues(attribute.Name))
            {
                match.TakeRange(attribute.Name);
                break;
            }
        }

        return match;
    }

    public static Term Equality(string attribute, AttributeValue value)
        => new ComparisonTerm("=", new PathOperand(DocumentPath.Of(attribute)), new ValueOperand(value));

    /// <summary>The terms together, or null if there are none.</summary>
    public static Term? Join(IReadOnlyList<Term> terms) => terms.Count switch
    {
        0 => null,
        1 => terms[0],
        _ => new AndTerm(terms),
    };

    private static IEnumerable<Term> TermsOf(Term? where) => where switch
    {
        null => [],
        AndTerm and => and.Terms.SelectMany(TermsOf),
        _ => [where],
    };

    /// <summary>
    /// Takes the term that gives an attribute one value, or a few. False if there is none, or if they were too many keys.
    /// </summary>
    private bool TakeValues(string attribute)
    {
        int place = _rest.FindIndex(term => ValueOf(term, attribute) is not null);
        place = place >= 0 ? place : _rest.FindIndex(term => ListOf(term, attribute) is not null);
        if (place < 0)
        {
            return false;
        }

        AttributeValue? one = ValueOf(_rest[place], attribute);
        AttributeValue[] values = one is not null ? [one] : [.. ListOf(_rest[place], attribute)!.Distinct()];
        if (values.Length * _branches.Count > StatementLimits.KeysMax)
        {
            return false;
        }

        _rest.RemoveAt(place);
        KeyBranch[] before = [.. _branches];
        _branches.Clear();
        _branches.AddRange(before.SelectMany(
            branch => values.Select(each => branch with { Equal = [.. branch.Equal, (attribute, each)] })));
        return true;
    }

    private void TakeRange(string attribute)
    {
        int place = _rest.FindIndex(term => IsRangeOf(term, attribute));
        if (place < 0)
        {
            return;
        }

        Term range = _rest[place];
        _rest.RemoveAt(place);
        int other = _rest.FindIndex(term => KeyBounds.Of(attribute, range, term) is not null);
        if (other >= 0)
        {
            KeyBounds bounds = KeyBounds.Of(attribute, range, _rest[other])!;
            _rest.RemoveAt(other);
            _rest.AddRange(bounds.Strict);
            range = bounds.Between;
        }

        for (int i = 0; i < _branches.Count; i++)
        {
            _branches[i] = _branches[i] with { Range = range };
        }
    }

    private static AttributeValue? ValueOf(Term term, string attribute) => term is ComparisonTerm { Sign: "=" } comparison
        ? (comparison.Left, comparison.Right) switch
        {
            (PathOperand path, ValueOperand value) when IsAttribute(path, attribute) => value.Value,
            (ValueOperand value, PathOperand path) when IsAttribute(path, attribute) => value.Value,
            _ => null,
        }
        : null;

    private static IEnumerable<AttributeValue>? ListOf(Term term, string attribute) => term switch
    {
        InTerm list when IsAttribute(list.Operand, attribute) && list.List.All(each => each is ValueOperand)
            => list.List.Select(each => ((ValueOperand)each).Value),
        OrTerm any when any.Terms.All(each => ValueOf(each, attribute) is not null)
            => any.Terms.Select(each => ValueOf(each, attribute)!),
        _ => null,
    };

    private static bool IsRangeOf(Term term, string attribute) => term switch
    {
        ComparisonTerm { Sign: not ("<>" or "=") } comparison
            => (IsAttribute(comparison.Left, attribute) && comparison.Right is ValueOperand)
                || (IsAttribute(comparison.Right, attribute) && comparison.Left is ValueOperand),
        BetweenTerm between => IsAttribute(between.Operand, attribute) && between is { Lower: ValueOperand, Upper: ValueOperand },
        CallTerm { Call: { Name: "begins_with", Arguments.Count: 2 } call }
            => IsAttribute(call.Arguments[0], attribute) && call.Arguments[1] is ValueOperand,
        _ => false,
    };

    private static bool IsAttribute(Operand operand, string attribute)
        => operand is PathOperand { Path.IsAttribute: true } path && path.Path.Attribute == attribute;
}
