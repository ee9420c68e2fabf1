using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Where a select goes on. It names no node, and holds for one statement with its parameters.
/// <code>
///  +-------+------------------+-------------+----------------+---------------+-----------+------------------+------------------+
///  | 1, u8 | statement, u32BE | run, u32 BE | to skip, u64BE | left, u64 BE  | sum, u32  | key as an item   | index key, too   |
///  +-------+------------------+-------------+----------------+---------------+-----------+------------------+------------------+
///                                                              all ones: no LIMIT  of all   empty: from the run's beginning
/// </code>
/// As text in the URL's form of base 64.
/// </summary>
/// <param name="Position">Behind which item.</param>
/// <param name="Skip">How many rows of the OFFSET are not skipped yet.</param>
/// <param name="Left">How many rows of the LIMIT are not answered yet; null means that there is no LIMIT.</param>
internal sealed record NextToken(SourcePosition Position, long Skip, long? Left)
{
    private const byte Version = 1;
    private const int SumAt = 1 + (2 * sizeof(uint)) + (2 * sizeof(ulong));
    private const int HeadLength = SumAt + sizeof(uint);

    public string Write(uint statement, KeySchema key)
    {
        byte[] item = Position.Key is { } at ? key.ToItem(at).Encode().Bytes.ToArray() : [];
        byte[] index = Position.IndexKey is { } entry ? entry.Encode().Bytes.ToArray() : [];
        byte[] bytes = new byte[HeadLength + item.Length + index.Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), statement);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(5), Position.Branch);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(9), Skip);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(17), Left ?? -1);
        item.CopyTo(bytes, HeadLength);
        index.CopyTo(bytes, HeadLength + item.Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(SumAt), SumOf(bytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>
    /// Reads a token. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it is none, or one of another statement.
    /// </summary>
    public static NextToken Read(string text, uint statement, SelectPlan plan)
    {
        byte[] bytes = new byte[Math.Min(text.Length, StatementLimits.NextTokenLengthMax)];
        if (text.Length > StatementLimits.NextTokenLengthMax
            || Base64Url.DecodeFromChars(text, bytes, out _, out int length) != OperationStatus.Done || length < HeadLength
            || bytes[0] != Version
            || BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(SumAt)) != SumOf(bytes.AsSpan(0, length)))
        {
            throw Invalid("Invalid NextToken");
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1)) != statement)
        {
            throw Invalid("NextToken does not match request");
        }

        int branch = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(5));
        long skip = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(9));
        long left = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(17));
        bool fits = branch >= 0 && branch < Math.Max(plan.Branches.Count, 1) && skip >= 0 && left >= -1;
        SourcePosition position = ReadPosition(branch, bytes.AsMemory(HeadLength, length - HeadLength), plan);
        return fits ? new NextToken(position, skip, left < 0 ? null : left) : throw Invalid("Invalid NextToken");
    }

    /// <summary>A number of a statement and its parameters: whoever changes either gets another one.</summary>
    public static uint NumberOf(string statement, IReadOnlyList<AttributeValue> parameters)
    {
        uint sum = Add(Seed, NameOrder.Utf8.GetBytes(statement));
        foreach (AttributeValue value in parameters)
        {
            sum = Add(sum, ItemCodec.EncodeValue(value));
        }

        return sum;
    }

    private const uint Seed = 2166136261;

    private static SourcePosition ReadPosition(int branch, ReadOnlyMemory<byte> bytes, SelectPlan plan)
    {
        if (bytes.IsEmpty)
        {
            return new SourcePosition(branch);
        }

        try
        {
            int length = ItemCodec.LengthOf(bytes.Span);
            ItemKey key = plan.TableKey.KeyOf(EncodedItem.Parse(bytes[..length]).ToItem());
            Item? index = length == bytes.Length ? null : EncodedItem.Parse(bytes[length..]).ToItem();
            return new SourcePosition(branch, key, index);
        }
        catch (KeystoneException e) when (e.Code is KeystoneErrorCode.CorruptItem)
        {
            throw Invalid("Invalid NextToken");
        }
    }

    /// <summary>The sum over everything but itself.</summary>
    private static uint SumOf(ReadOnlySpan<byte> bytes) => Add(Add(Seed, bytes[..SumAt]), bytes[HeadLength..]);

    /// <summary>FNV-1a, enough to tell a token from a slip of the hand; whoever makes one up gets no more than they may read.</summary>
    private static uint Add(uint sum, ReadOnlySpan<byte> bytes)
    {
        foreach (byte one in bytes)
        {
            sum = unchecked((sum ^ one) * 16777619);
        }

        return sum;
    }

    private static KeystoneException Invalid(string what)
        => KeystoneException.Validation(
            $"{what}: give back the token of the last answer, with the statement and the parameters as they were");
}
