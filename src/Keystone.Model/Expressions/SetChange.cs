using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// ADD and DELETE: a sum of numbers, the union and the difference of sets, and elements behind those of a list. Requires operands of one
/// type, for which the action was found right.
/// </summary>
internal static class SetChange
{
    public static AttributeValue Add(AttributeValue old, AttributeValue added)
    {
        return old.Kind switch
        {
            AttributeKind.Number => old.AsNumber() + added.AsNumber(),
            AttributeKind.List => AttributeValue.OwnedList([.. old.ListValues(), .. added.ListValues()]),
            AttributeKind.StringSet => AttributeValue.OwnedSet(
                Union(old.StringMembers(), added.StringMembers(), static (left, right) => NameOrder.Compare(left, right))),
            AttributeKind.NumberSet => AttributeValue.OwnedSet(
                Union(old.NumberMembers(), added.NumberMembers(), static (left, right) => left.CompareTo(right))),
            _ => AttributeValue.OwnedSet(
                Union(old.BinaryMembers(), added.BinaryMembers(), static (left, right) => left.AsSpan().SequenceCompareTo(right))),
        };
    }

    /// <summary>The members that are not deleted; null if none is left, because no set is empty.</summary>
    public static AttributeValue? Delete(AttributeValue old, AttributeValue deleted)
    {
        switch (old.Kind)
        {
            case AttributeKind.StringSet:
                string[] texts = Difference(
                    old.StringMembers(), deleted.StringMembers(), static (left, right) => NameOrder.Compare(left, right));
                return texts.Length == 0 ? null : AttributeValue.OwnedSet(texts);
            case AttributeKind.NumberSet:
                KeystoneNumber[] numbers = Difference(
                    old.NumberMembers(), deleted.NumberMembers(), static (left, right) => left.CompareTo(right));
                return numbers.Length == 0 ? null : AttributeValue.OwnedSet(numbers);
            default:
                byte[][] binaries = Difference(
                    old.BinaryMembers(), deleted.BinaryMembers(), static (left, right) => left.AsSpan().SequenceCompareTo(right));
                return binaries.Length == 0 ? null : AttributeValue.OwnedSet(binaries);
        }
    }

    /// <summary>Both are ascending, and so is the union.</summary>
    private static T[] Union<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Comparison<T> compare)
    {
        var union = new List<T>(left.Length + right.Length);
        int at = 0;
        foreach (T member in left)
        {
            for (; at < right.Length && compare(right[at], member) < 0; at++)
            {
                union.Add(right[at]);
            }

            at += at < right.Length && compare(right[at], member) == 0 ? 1 : 0;
            union.Add(member);
        }

        union.AddRange(right[at..]);
        return [.. union];
    }

    private static T[] Difference<T>(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Comparison<T> compare)
    {
        var rest = new List<T>(left.Length);
        int at = 0;
        foreach (T member in left)
        {
            while (at < right.Length && compare(right[at], member) < 0)
            {
                at++;
            }

            if (at == right.Length || compare(right[at], member) != 0)
            {
                rest.Add(member);
            }
        }

        return [.. rest];
    }
}
