using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// How two values of an encoded item compare. The format is canonical: equal values have equal bytes, and the bytes of strings, numbers and
/// binaries order as the values do. So nothing is decoded.
/// </summary>
internal static class ValueOrder
{
    /// <summary>Whether values of this kind have an order: strings, numbers and binaries, and KeystoneDB's timestamps.</summary>
    public static bool IsOrdered(AttributeKind kind)
        => kind is AttributeKind.String or AttributeKind.Number or AttributeKind.Binary or AttributeKind.Timestamp;

    public static bool AreEqual(ValueReader left, ValueReader right)
        => left.Exists && left.Kind == right.Kind && left.RawPayload.SequenceEqual(right.RawPayload);

    /// <summary>The order of two values. Requires that they are of one kind, which has an order.</summary>
    public static int Compare(ValueReader left, ValueReader right)
        => left.Kind == AttributeKind.Timestamp
            ? left.TimestampMilliseconds.CompareTo(right.TimestampMilliseconds)
            : left.RawPayload.SequenceCompareTo(right.RawPayload);

    /// <inheritdoc cref="Compare(ValueReader, ValueReader)"/>
    public static int Compare(AttributeValue left, AttributeValue right) => left.Kind switch
    {
        AttributeKind.String => NameOrder.Compare(left.AsString(), right.AsString()),
        AttributeKind.Number => left.AsNumber().CompareTo(right.AsNumber()),
        AttributeKind.Binary => left.AsBinary().Span.SequenceCompareTo(right.AsBinary().Span),
        _ => left.AsTimestampMilliseconds().CompareTo(right.AsTimestampMilliseconds()),
    };

    /// <summary>Whether two values can be put in order: both are there and of one kind, which has an order.</summary>
    public static bool AreComparable(ValueReader left, ValueReader right) => left.Kind == right.Kind && IsOrdered(left.Kind);
}
