using System.Text.Unicode;
using Keystone.Model.Items;

namespace Keystone.Model.Keys;

/// <summary>
/// The bytes of key values: equal values have equal bytes, and unsigned byte order is the order of the values.
/// <code>
///  partition part, ends by itself          sort part, ends where the key ends
///   +---------+-------------------+         +---------+-----------------+
///   | type u8 | number            |         | type u8 | number          |
///   +---------+-------------------+-----+   +---------+-----------------+
///   | type u8 | text or bytes, in | end |   | type u8 | text or bytes   |
///   |         | which 00 is 00 FF |00 01|   +---------+-----------------+
///   +---------+-------------------+-----+   an absent sort key is no byte at all: it sorts first
/// </code>
/// The end mark sorts below every byte that could follow in a longer value, so whatever stands behind a partition part never changes the
/// order. <see cref="KeyType"/> has the types, <see cref="NumberBytes"/> draws numbers. Values of keys are not empty.
/// </summary>
internal static class KeyCodec
{
    /// <summary>No type byte reaches it, so it bounds every sort part from above.</summary>
    public const byte AboveAllTypes = 0xFF;

    /// <summary>The length of the end of a text or of bytes in a partition part.</summary>
    public const int EndLength = 2;

    /// <summary>The length of the partition part of an empty value: its type and its end.</summary>
    private const int EmptyLength = 1 + EndLength;

    private const byte Escape = 0x00;
    private const byte EscapedZero = 0xFF;
    private const byte End = 0x01;

    /// <summary>The length of the partition part of a raw value.</summary>
    public static int PartitionLength(KeyType type, ReadOnlySpan<byte> raw)
        => 1 + raw.Length + (type == KeyType.Number ? 0 : raw.Count(Escape) + 2);

    /// <summary>Writes the partition part of a raw value and returns its length.</summary>
    public static int WritePartition(KeyType type, ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        destination[0] = (byte)type;
        if (type == KeyType.Number)
        {
            raw.CopyTo(destination[1..]);
            return 1 + raw.Length;
        }

        int at = 1;
        for (int zero = raw.IndexOf(Escape); zero >= 0; zero = raw.IndexOf(Escape))
        {
            raw[..zero].CopyTo(destination[at..]);
            at += zero;
            destination[at++] = Escape;
            destination[at++] = EscapedZero;
            raw = raw[(zero + 1)..];
        }

        raw.CopyTo(destination[at..]);
        at += raw.Length;
        destination[at++] = Escape;
        destination[at++] = End;
        return at;
    }

    /// <summary>Writes the sort part of a raw value and returns its length.</summary>
    public static int WriteSort(KeyType type, ReadOnlySpan<byte> raw, Span<byte> destination)
    {
        destination[0] = (byte)type;
        raw.CopyTo(destination[1..]);
        return 1 + raw.Length;
    }

    /// <summary>
    /// The length of the partition part at the start of the source. Checks all of it and throws <see cref="KeystoneErrorCode.CorruptItem"/>
    /// unless it is what WritePartition makes.
    /// </summary>
    public static int CheckPartition(ReadOnlySpan<byte> source)
    {
        KeyType type = TypeOf(source);
        if (type == KeyType.Number)
        {
            return 1 + NumberBytes.Check(source[1..]);
        }

        int length = EndOfEscaped(source);
        if (length == EmptyLength || (type == KeyType.String && !IsEscapedUtf8(source[1..(length - 2)])))
        {
            KeystoneException.ThrowCorruptItem("a partition key is empty or no UTF-8");
        }

        return length;
    }

    /// <summary>
    /// Checks a sort part that fills the source and throws <see cref="KeystoneErrorCode.CorruptItem"/> unless it is what WriteSort makes.
    /// </summary>
    public static void CheckSort(ReadOnlySpan<byte> source)
    {
        if (source.IsEmpty)
        {
            return;
        }

        KeyType type = TypeOf(source);
        ReadOnlySpan<byte> raw = source[1..];
        bool valid = type switch
        {
            KeyType.Number => NumberBytes.Check(raw) == raw.Length,
            KeyType.String => !raw.IsEmpty && Utf8.IsValid(raw),
            _ => !raw.IsEmpty,
        };
        if (!valid)
        {
            KeystoneException.ThrowCorruptItem("a sort key is empty, too long for a number or no UTF-8");
        }
    }

    /// <summary>The length of the partition part at the start of the source, without a look at what is in it.</summary>
    public static int LengthOfPartition(ReadOnlySpan<byte> source)
        => TypeOf(source) == KeyType.Number ? 1 + NumberBytes.Check(source[1..]) : EndOfEscaped(source);

    /// <summary>The type of a part. Throws <see cref="KeystoneErrorCode.CorruptItem"/> if there is none.</summary>
    public static KeyType TypeOf(ReadOnlySpan<byte> part)
    {
        var type = part.IsEmpty ? default : (KeyType)part[0];
        return type is KeyType.Number or KeyType.String or KeyType.Binary
            ? type
            : throw KeystoneException.CorruptItem("a key has no known type");
    }

    /// <summary>The length of the raw value inside a partition part.</summary>
    public static int RawLengthOfPartition(ReadOnlySpan<byte> part)
        => TypeOf(part) == KeyType.Number ? part.Length - 1 : part.Length - EmptyLength - part[1..^2].Count(Escape);

    /// <summary>The value of a partition part.</summary>
    public static AttributeValue DecodePartition(ReadOnlySpan<byte> part)
        => TypeOf(part) == KeyType.Number
            ? AttributeValue.Number(NumberBytes.Read(part[1..]))
            : ValueOf(TypeOf(part), Unescape(part, new byte[part.Length]));

    /// <summary>The value of a sort part; null if there is none.</summary>
    public static AttributeValue? DecodeSort(ReadOnlySpan<byte> part) => part.IsEmpty ? null : ValueOf(TypeOf(part), part[1..]);

    private static AttributeValue ValueOf(KeyType type, ReadOnlySpan<byte> raw) => type switch
    {
        KeyType.Number => AttributeValue.Number(NumberBytes.Read(raw)),
        KeyType.String => AttributeValue.CheckedString(ValueReader.Text(raw)),
        _ => AttributeValue.Binary(raw),
    };

    private static int EndOfEscaped(ReadOnlySpan<byte> source)
    {
        int at = 1;
        while (true)
        {
            int zero = source[at..].IndexOf(Escape);
            if (zero < 0 || at + zero + 1 >= source.Length)
            {
                KeystoneException.ThrowCorruptItem("a partition key has no end");
            }

            at += zero + 2;
            byte mark = source[at - 1];
            if (mark == End)
            {
                return at;
            }

            if (mark != EscapedZero)
            {
                KeystoneException.ThrowCorruptItem("a partition key has an unknown escape");
            }
        }
    }

    /// <summary>NUL is a character of one byte, so a text is well formed exactly when the pieces between its NULs are.</summary>
    private static bool IsEscapedUtf8(ReadOnlySpan<byte> escaped)
    {
        bool valid = true;
        for (int zero = escaped.IndexOf(Escape); zero >= 0; zero = escaped.IndexOf(Escape))
        {
            valid &= Utf8.IsValid(escaped[..zero]);
            escaped = escaped[(zero + 2)..];
        }

        return valid && Utf8.IsValid(escaped);
    }

    /// <summary>Requires a part with a right end. The scratch is at least as long as the part.</summary>
    private static ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> part, Span<byte> scratch)
    {
        ReadOnlySpan<byte> rest = part[1..^2];
        int length = 0;
        for (int zero = rest.IndexOf(Escape); zero >= 0; zero = rest.IndexOf(Escape))
        {
            rest[..(zero + 1)].CopyTo(scratch[length..]);
            length += zero + 1;
            rest = rest[(zero + 2)..];
        }

        rest.CopyTo(scratch[length..]);
        return scratch[..(length + rest.Length)];
    }
}
