using System.Buffers.Binary;
using System.Text.Unicode;

namespace Keystone.Model.Items;

/// <summary>
/// One value of an encoded item, read in place. Asking for the wrong kind throws <see cref="InvalidOperationException"/>; damaged bytes
/// throw <see cref="KeystoneErrorCode.CorruptItem"/>.
/// </summary>
public readonly ref struct ValueReader
{
    private readonly ReadOnlySpan<byte> _payload;

    internal ValueReader(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            KeystoneException.ThrowCorruptItem("a value is missing");
        }

        Kind = (AttributeKind)value[0];
        _payload = value[1..];
    }

    /// <summary>The type of the value; <see cref="AttributeKind.None"/> if there is no value.</summary>
    public AttributeKind Kind { get; }

    /// <summary>Whether there is a value.</summary>
    public bool Exists => Kind != AttributeKind.None;

    /// <summary>The text of a string in UTF-8.</summary>
    public ReadOnlySpan<byte> Utf8String => Payload(AttributeKind.String);

    /// <summary>The bytes of a binary.</summary>
    public ReadOnlySpan<byte> Binary => Payload(AttributeKind.Binary);

    /// <summary>The number.</summary>
    public KeystoneNumber Number => NumberBytes.Read(Payload(AttributeKind.Number));

    /// <summary>The truth value.</summary>
    public bool Boolean
    {
        get
        {
            ReadOnlySpan<byte> payload = Payload(AttributeKind.Boolean);
            return payload.Length == 1 && payload[0] <= 1
                ? payload[0] == 1
                : throw KeystoneException.CorruptItem("a boolean is neither 0 nor 1");
        }
    }

    /// <summary>The moment of a timestamp in milliseconds since 1970-01-01 UTC.</summary>
    public long TimestampMilliseconds
    {
        get
        {
            ReadOnlySpan<byte> payload = Payload(AttributeKind.Timestamp);
            return payload.Length == sizeof(long)
                ? BinaryPrimitives.ReadInt64LittleEndian(payload)
                : throw KeystoneException.CorruptItem("a timestamp is not 8 bytes");
        }
    }

    /// <summary>The attributes of a map.</summary>
    public ItemReader Map => new(Payload(AttributeKind.Map));

    /// <summary>The values of a list.</summary>
    public ListReader List => new(Payload(AttributeKind.List));

    /// <summary>The bytes behind the kind, whatever the kind is.</summary>
    internal ReadOnlySpan<byte> RawPayload => _payload;

    /// <summary>The bytes of a number as keys have them: ordered and ending by themselves.</summary>
    internal ReadOnlySpan<byte> OrderedNumber => Payload(AttributeKind.Number);

    /// <summary>The text of a string.</summary>
    public string AsString() => Text(Utf8String);

    /// <summary>The value on its own, checked and copied out of the item.</summary>
    public AttributeValue ToValue() => Materialize(1);

    internal static string Text(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8))
        {
            KeystoneException.ThrowCorruptItem("a text is no UTF-8");
        }

        return NameOrder.Utf8.GetString(utf8);
    }

    internal AttributeValue Materialize(int level)
    {
        if (level > AttributeValue.LevelsMax)
        {
            KeystoneException.ThrowCorruptItem("values are nested too deeply");
        }

        return Kind switch
        {
            AttributeKind.String => AttributeValue.CheckedString(Text(_payload)),
            AttributeKind.Number => AttributeValue.Number(Number),
            AttributeKind.Binary => AttributeValue.OwnedBinary(_payload.ToArray()),
            AttributeKind.Boolean => AttributeValue.Boolean(Boolean),
            AttributeKind.Null => AttributeValue.Null,
            AttributeKind.List => List.Materialize(level + 1),
            AttributeKind.Map => AttributeValue.Map(Map.Materialize(level + 1)),
            AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet => Set(),
            AttributeKind.Vector => Vector(),
            AttributeKind.Timestamp => AttributeValue.Timestamp(TimestampMilliseconds),
            _ => throw ValueCodec.UnknownKind(Kind),
        };
    }

    private AttributeValue Set()
    {
        var table = ElementTable.Open(_payload);
        if (table.Count == 0)
        {
            KeystoneException.ThrowCorruptItem("a set is empty");
        }

        byte[][] members = new byte[table.Count][];
        for (int i = 0; i < members.Length; i++)
        {
            members[i] = table[i].ToArray();
            if (i > 0 && members[i - 1].AsSpan().SequenceCompareTo(members[i]) >= 0)
            {
                KeystoneException.ThrowCorruptItem("members of a set are not in ascending order");
            }
        }

        return Kind switch
        {
            AttributeKind.StringSet => AttributeValue.OwnedSet(Array.ConvertAll(members, static member => Text(member))),
            AttributeKind.NumberSet => AttributeValue.OwnedSet(Array.ConvertAll(members, static member => NumberBytes.Read(member))),
            _ => AttributeValue.OwnedSet(members),
        };
    }

    private AttributeValue Vector()
    {
        if (_payload.Length % sizeof(float) != 0)
        {
            KeystoneException.ThrowCorruptItem("a vector ends inside an element");
        }

        float[] elements = new float[_payload.Length / sizeof(float)];
        for (int i = 0; i < elements.Length; i++)
        {
            elements[i] = BinaryPrimitives.ReadSingleLittleEndian(_payload[(i * sizeof(float))..]);
            if (!float.IsFinite(elements[i]))
            {
                KeystoneException.ThrowCorruptItem("a vector has an element that is not finite");
            }
        }

        return AttributeValue.OwnedVector(elements);
    }

    private ReadOnlySpan<byte> Payload(AttributeKind kind)
        => Kind == kind
            ? _payload
            : throw new InvalidOperationException($"The value is a {Kind}, not a {kind}. Ask {nameof(Kind)} before reading it.");
}
