using System.Diagnostics.CodeAnalysis;

namespace Keystone.Model.Items;

/// <summary>
/// One value of an item: immutable, of one of the kinds of <see cref="AttributeKind"/>.
/// <para>
/// What always holds: text is well-formed Unicode, sets are not empty and have no duplicates, a value has at most
/// <see cref="LevelsMax"/> levels. So whatever walks a value may recurse. Values are equal when their kind and content are; sets have no
/// order.
/// </para>
/// </summary>
public sealed partial class AttributeValue : IEquatable<AttributeValue>
{
    /// <summary>How deep values may be nested: the attribute itself is level 1, as DynamoDB counts.</summary>
    public const int LevelsMax = 32;

    private readonly object? _content;

    /// <summary>The length of the payload in the item format, once it is known. Whoever computes it computes the same.</summary>
    private int _payloadLength = -1;

    private AttributeValue(AttributeKind kind, object? content, int levels = 1)
    {
        if (levels > LevelsMax)
        {
            throw TooDeep();
        }

        Kind = kind;
        Levels = (byte)levels;
        _content = content;
    }

    /// <summary>The type of the value; never <see cref="AttributeKind.None"/>.</summary>
    public AttributeKind Kind { get; }

    /// <summary>How many levels the value has: 1, and one more for every list or map around its deepest value.</summary>
    public int Levels { get; }

    internal int PayloadLength => _payloadLength >= 0 ? _payloadLength : _payloadLength = ValueCodec.MeasurePayload(this);

    /// <summary>The text of a string.</summary>
    public string AsString() => Content<string>(AttributeKind.String);

    /// <summary>The number.</summary>
    public KeystoneNumber AsNumber() => (KeystoneNumber)Content<object>(AttributeKind.Number);

    /// <summary>The bytes of a binary.</summary>
    public ReadOnlyMemory<byte> AsBinary() => Content<byte[]>(AttributeKind.Binary);

    /// <summary>The truth value.</summary>
    public bool AsBoolean() => (bool)Content<object>(AttributeKind.Boolean);

    /// <summary>The values of a list.</summary>
    public IReadOnlyList<AttributeValue> AsList() => Content<AttributeValue[]>(AttributeKind.List);

    /// <summary>The attributes of a map.</summary>
    public Item AsMap() => Content<Item>(AttributeKind.Map);

    /// <summary>The members of a set of strings, in the order of their UTF-8 bytes.</summary>
    public IReadOnlyList<string> AsStringSet() => Content<string[]>(AttributeKind.StringSet);

    /// <summary>The members of a set of numbers, ascending.</summary>
    public IReadOnlyList<KeystoneNumber> AsNumberSet() => Content<KeystoneNumber[]>(AttributeKind.NumberSet);

    /// <summary>The members of a set of binaries, in the order of their bytes.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> AsBinarySet()
        => [.. Content<byte[][]>(AttributeKind.BinarySet).Select(member => new ReadOnlyMemory<byte>(member))];

    /// <summary>The elements of a vector.</summary>
    public ReadOnlyMemory<float> AsVector() => Content<float[]>(AttributeKind.Vector);

    /// <summary>The moment of a timestamp.</summary>
    public DateTimeOffset AsTimestamp() => DateTimeOffset.FromUnixTimeMilliseconds(AsTimestampMilliseconds());

    /// <summary>The moment of a timestamp in milliseconds since 1970-01-01 UTC.</summary>
    public long AsTimestampMilliseconds() => (long)Content<object>(AttributeKind.Timestamp);

    /// <inheritdoc/>
    public bool Equals([NotNullWhen(true)] AttributeValue? other)
    {
        if (ReferenceEquals(this, other))
        {
            return true;
        }

        if (other is null || other.Kind != Kind)
        {
            return false;
        }

        return (_content, other._content) switch
        {
            (byte[] left, byte[] right) => left.AsSpan().SequenceEqual(right),
            (AttributeValue[] left, AttributeValue[] right) => left.AsSpan().SequenceEqual(right),
            (string[] left, string[] right) => left.AsSpan().SequenceEqual(right),
            (KeystoneNumber[] left, KeystoneNumber[] right) => left.AsSpan().SequenceEqual(right),
            (byte[][] left, byte[][] right) => SameMembers(left, right),
            (float[] left, float[] right) => SameBits(left, right),
            _ => Equals(_content, other._content),
        };
    }

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => Equals(obj as AttributeValue);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        switch (_content)
        {
            case byte[] bytes:
                hash.AddBytes(bytes);
                break;
            case Array array:
                hash.Add(array.Length);
                break;
            default:
                hash.Add(_content);
                break;
        }

        return hash.ToHashCode();
    }

    /// <summary>The value as DynamoDB JSON, such as <c>{"S":"text"}</c>.</summary>
    public override string ToString() => ItemJson.ToDynamoJson(this);

    /// <inheritdoc/>
    public static bool operator ==(AttributeValue? left, AttributeValue? right) => Equals(left, right);

    /// <inheritdoc/>
    public static bool operator !=(AttributeValue? left, AttributeValue? right) => !Equals(left, right);

    internal static KeystoneException TooDeep() => KeystoneException.Validation(
        $"Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit ({LevelsMax})");

    /// <summary>The bytes themselves: lent, never changed.</summary>
    internal ReadOnlySpan<byte[]> BinaryMembers() => Content<byte[][]>(AttributeKind.BinarySet);

    internal ReadOnlySpan<string> StringMembers() => Content<string[]>(AttributeKind.StringSet);

    internal ReadOnlySpan<KeystoneNumber> NumberMembers() => Content<KeystoneNumber[]>(AttributeKind.NumberSet);

    internal ReadOnlySpan<AttributeValue> ListValues() => Content<AttributeValue[]>(AttributeKind.List);

    private static bool SameMembers(byte[][] left, byte[][] right)
    {
        bool same = left.Length == right.Length;
        for (int i = 0; same && i < left.Length; i++)
        {
            same = left[i].AsSpan().SequenceEqual(right[i]);
        }

        return same;
    }

    private static bool SameBits(float[] left, float[] right)
        => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(left)
            .SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(right));

    private T Content<T>(AttributeKind kind)
        where T : class
        => Kind == kind
            ? (T)_content!
            : throw new InvalidOperationException($"The value is a {Kind}, not a {kind}. Ask {nameof(Kind)} before reading it.");
}
