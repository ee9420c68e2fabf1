namespace Keystone.Model.Items;

/// <summary>How values are made: one method per kind, and conversions for what has an obvious kind. Bytes and arrays are copied.</summary>
public sealed partial class AttributeValue
{
    /// <summary>The most members of a set that a message shows.</summary>
    private const int ShownMembersMax = 16;

    /// <summary>The null value.</summary>
    public static AttributeValue Null { get; } = new(AttributeKind.Null, null);

    /// <summary>The value true.</summary>
    public static AttributeValue True { get; } = new(AttributeKind.Boolean, true);

    /// <summary>The value false.</summary>
    public static AttributeValue False { get; } = new(AttributeKind.Boolean, false);

    /// <summary>A string. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for a lone surrogate.</summary>
    public static AttributeValue String(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        NameOrder.RequireWellFormed(value, "A string value");
        return new AttributeValue(AttributeKind.String, value);
    }

    /// <summary>A number.</summary>
    public static AttributeValue Number(KeystoneNumber value) => new(AttributeKind.Number, value);

    /// <summary>A number from its text. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is none or does not fit.</summary>
    public static AttributeValue Number(string text) => Number(KeystoneNumber.Parse(text));

    /// <summary>A binary; the bytes are copied.</summary>
    public static AttributeValue Binary(ReadOnlySpan<byte> value) => new(AttributeKind.Binary, value.ToArray());

    /// <summary>True or false.</summary>
    public static AttributeValue Boolean(bool value) => value ? True : False;

    /// <summary>A list of values, in order.</summary>
    public static AttributeValue List(params IEnumerable<AttributeValue> values) => OwnedList([.. values]);

    /// <summary>A map of attributes.</summary>
    public static AttributeValue Map(Item attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        return new AttributeValue(AttributeKind.Map, attributes, 1 + attributes.Levels);
    }

    /// <summary>A set of strings. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is empty or has duplicates.</summary>
    public static AttributeValue StringSet(params IEnumerable<string> members)
    {
        string[] set = [.. members];
        foreach (string member in set)
        {
            ArgumentNullException.ThrowIfNull(member);
            NameOrder.RequireWellFormed(member, "A member of a string set");
        }

        Array.Sort(set, NameOrder.Instance);
        RequireSet(set, static (left, right) => left == right);
        return new AttributeValue(AttributeKind.StringSet, set);
    }

    /// <summary>A set of numbers. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is empty or has duplicates.</summary>
    public static AttributeValue NumberSet(params IEnumerable<KeystoneNumber> members)
    {
        KeystoneNumber[] set = [.. members];
        Array.Sort(set);
        RequireSet(set, static (left, right) => left == right);
        return new AttributeValue(AttributeKind.NumberSet, set);
    }

    /// <summary>
    /// A set of binaries, copied. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is empty or has duplicates.
    /// </summary>
    public static AttributeValue BinarySet(params IEnumerable<ReadOnlyMemory<byte>> members)
    {
        byte[][] set = [.. members.Select(member => member.ToArray())];
        Array.Sort(set, static (left, right) => left.AsSpan().SequenceCompareTo(right));
        RequireSet(set, static (left, right) => left.AsSpan().SequenceEqual(right));
        return new AttributeValue(AttributeKind.BinarySet, set);
    }

    /// <summary>A vector of floats, copied. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> for NaN and infinities.</summary>
    public static AttributeValue Vector(ReadOnlySpan<float> elements)
    {
        foreach (float element in elements)
        {
            if (!float.IsFinite(element))
            {
                throw KeystoneException.Validation($"A vector holds {element}; its elements must be finite numbers.");
            }
        }

        return new AttributeValue(AttributeKind.Vector, elements.ToArray());
    }

    /// <summary>A moment, cut to milliseconds.</summary>
    public static AttributeValue Timestamp(DateTimeOffset moment) => Timestamp(moment.ToUnixTimeMilliseconds());

    /// <summary>A moment in milliseconds since 1970-01-01 UTC.</summary>
    public static AttributeValue Timestamp(long milliseconds) => new(AttributeKind.Timestamp, milliseconds);

    /// <summary>A string.</summary>
    public static implicit operator AttributeValue(string value) => String(value);

    /// <summary>A number.</summary>
    public static implicit operator AttributeValue(int value) => Number(value);

    /// <summary>A number.</summary>
    public static implicit operator AttributeValue(long value) => Number(value);

    /// <summary>A number.</summary>
    public static implicit operator AttributeValue(decimal value) => Number(value);

    /// <summary>A number: the shortest decimal that reads back as this double.</summary>
    public static implicit operator AttributeValue(double value) => Number((KeystoneNumber)value);

    /// <summary>A number.</summary>
    public static implicit operator AttributeValue(KeystoneNumber value) => Number(value);

    /// <summary>True or false.</summary>
    public static implicit operator AttributeValue(bool value) => Boolean(value);

    /// <summary>A binary; the bytes are copied.</summary>
    public static implicit operator AttributeValue(byte[] value)
    {
        // As a span, null would be no bytes, and a forgotten value an empty one.
        ArgumentNullException.ThrowIfNull(value);
        return Binary(value);
    }

    /// <summary>A map.</summary>
    public static implicit operator AttributeValue(Item value) => Map(value);

    /// <summary>A binary over bytes that nobody else holds.</summary>
    internal static AttributeValue OwnedBinary(byte[] value) => new(AttributeKind.Binary, value);

    /// <summary>A string that is known to be well formed.</summary>
    internal static AttributeValue CheckedString(string value) => new(AttributeKind.String, value);

    /// <summary>A set over members that are known to be well formed, ascending and different, and that nobody else holds.</summary>
    internal static AttributeValue OwnedSet(string[] members) => new(AttributeKind.StringSet, members);

    /// <inheritdoc cref="OwnedSet(string[])"/>
    internal static AttributeValue OwnedSet(KeystoneNumber[] members) => new(AttributeKind.NumberSet, members);

    /// <inheritdoc cref="OwnedSet(string[])"/>
    internal static AttributeValue OwnedSet(byte[][] members) => new(AttributeKind.BinarySet, members);

    /// <summary>A vector over finite elements that nobody else holds.</summary>
    internal static AttributeValue OwnedVector(float[] elements) => new(AttributeKind.Vector, elements);

    /// <summary>A list over an array that nobody else holds.</summary>
    internal static AttributeValue OwnedList(AttributeValue[] values)
    {
        int levels = 0;
        foreach (AttributeValue value in values)
        {
            ArgumentNullException.ThrowIfNull(value);
            levels = Math.Max(levels, value.Levels);
        }

        return new AttributeValue(AttributeKind.List, values, 1 + levels);
    }

    /// <summary>Requires sorted members.</summary>
    private static void RequireSet<T>(T[] members, Func<T, T, bool> same)
    {
        if (members.Length == 0)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: An AttributeValue may not contain an empty set.");
        }

        for (int i = 1; i < members.Length; i++)
        {
            if (same(members[i - 1], members[i]))
            {
                throw KeystoneException.Validation(
                    $"One or more parameter values were invalid: Input collection {Show(members)}contains duplicates.");
            }
        }
    }

    /// <summary>The members in brackets, if they are texts or numbers, and few.</summary>
    private static string Show<T>(T[] members)
        => members is byte[][] || members.Length > ShownMembersMax ? "" : $"[{string.Join(", ", members)}] ";
}
