using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// The order of values in an answer: within one type as keys are ordered, and types in the order of <see cref="AttributeKind"/>. What a row
/// lacks comes last, in whichever direction. Values that have no order (documents, sets) are equal to each other, so such rows stay as
/// they were read.
/// </summary>
internal static class RowOrder
{
    public static int Compare(AttributeValue left, AttributeValue right)
    {
        if (left.Kind != right.Kind)
        {
            return left.Kind.CompareTo(right.Kind);
        }

        return left.Kind switch
        {
            AttributeKind.Number => left.AsNumber().CompareTo(right.AsNumber()),
            AttributeKind.String => NameOrder.Utf8.GetBytes(left.AsString()).AsSpan()
                .SequenceCompareTo(NameOrder.Utf8.GetBytes(right.AsString())),
            AttributeKind.Binary => left.AsBinary().Span.SequenceCompareTo(right.AsBinary().Span),
            AttributeKind.Boolean => left.AsBoolean().CompareTo(right.AsBoolean()),
            AttributeKind.Timestamp => left.AsTimestampMilliseconds().CompareTo(right.AsTimestampMilliseconds()),
            _ => 0,
        };
    }

    public static int Compare(IReadOnlyList<AttributeValue?> left, IReadOnlyList<AttributeValue?> right, IReadOnlyList<SortColumn> order)
    {
        for (int i = 0; i < order.Count; i++)
        {
            int difference = (left[i], right[i]) switch
            {
                (null, null) => 0,
                (null, _) => 1,
                (_, null) => -1,
                ({ } a, { } b) => order[i].Descending ? Compare(b, a) : Compare(a, b),
            };
            if (difference != 0)
            {
                return difference;
            }
        }

        return 0;
    }
}
