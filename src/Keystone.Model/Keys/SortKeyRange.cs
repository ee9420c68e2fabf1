using Keystone.Model.Items;

namespace Keystone.Model.Keys;

/// <summary>
/// A range of sort parts inside one partition and space: from <see cref="Lower"/>, included, up to <see cref="Upper"/>, excluded. Put
/// <see cref="EngineKey.WritePrefix"/> before both bounds and they are engine keys.
/// </summary>
public sealed class SortKeyRange
{
    private SortKeyRange(byte[] lower, byte[] upper)
    {
        Lower = lower;
        Upper = upper;
    }

    /// <summary>All items of a partition, one without a sort key too.</summary>
    public static SortKeyRange All { get; } = new([], [KeyCodec.AboveAllTypes]);

    /// <summary>The first sort part that may be in the range.</summary>
    public ReadOnlyMemory<byte> Lower { get; }

    /// <summary>The first sort part behind the range; never empty.</summary>
    public ReadOnlyMemory<byte> Upper { get; }

    /// <summary>The type of the sort keys in the range. Requires a range other than <see cref="All"/>.</summary>
    internal KeyType Type => KeyCodec.TypeOf(Lower.Span);

    /// <summary>A range of parts that are made elsewhere.</summary>
    internal static SortKeyRange Of(byte[] lower, byte[] upper) => new(lower, upper);

    /// <summary>The sort key equal to a value.</summary>
    public static SortKeyRange EqualTo(AttributeValue value) => new(Part(value), After(value));

    /// <summary>Sort keys below a value.</summary>
    public static SortKeyRange LessThan(AttributeValue value) => new(FirstOf(value), Part(value));

    /// <summary>Sort keys below a value, and the value.</summary>
    public static SortKeyRange LessThanOrEqualTo(AttributeValue value) => new(FirstOf(value), After(value));

    /// <summary>Sort keys above a value.</summary>
    public static SortKeyRange GreaterThan(AttributeValue value) => new(After(value), BehindAll(value));

    /// <summary>Sort keys above a value, and the value.</summary>
    public static SortKeyRange GreaterThanOrEqualTo(AttributeValue value) => new(Part(value), BehindAll(value));

    /// <summary>
    /// Sort keys from one value to another, both included. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if they are reversed.
    /// </summary>
    public static SortKeyRange Between(AttributeValue lower, AttributeValue upper)
    {
        byte[] first = Part(lower);
        byte[] last = Part(upper);
        if (first[0] != last[0])
        {
            throw KeystoneException.Validation($"The BETWEEN operator requires bounds of one type; they are {lower} and {upper}");
        }

        return first.AsSpan().SequenceCompareTo(last) <= 0
            ? new SortKeyRange(first, After(upper))
            : throw KeystoneException.Validation(
                "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
                + $"lower bound operand: {lower}, upper bound operand: {upper}");
    }

    /// <summary>
    /// Sort keys that start with a text or with bytes. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for a number.
    /// </summary>
    public static SortKeyRange BeginsWith(AttributeValue prefix)
    {
        byte[] lower = Part(prefix);
        if (lower[0] == (byte)KeyType.Number)
        {
            throw KeystoneException.Validation("begins_with takes a string or a binary, not a number");
        }

        int length = lower.AsSpan().LastIndexOfAnyExcept((byte)0xFF) + 1;
        byte[] upper = lower[..length];
        upper[^1]++;
        return new SortKeyRange(lower, upper);
    }

    private static byte[] Part(AttributeValue value)
    {
        RawKeyValue raw = RawKeyValue.Of(value);
        byte[] part = new byte[1 + raw.Bytes.Length];
        KeyCodec.WriteSort(raw.Type, raw.Bytes, part);
        return part;
    }

    /// <summary>The least part above a value: nothing lies between it and the value.</summary>
    private static byte[] After(AttributeValue value) => [.. Part(value), 0];

    private static byte[] FirstOf(AttributeValue value) => [Part(value)[0]];

    private static byte[] BehindAll(AttributeValue value) => [(byte)(Part(value)[0] + 1)];
}
