using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>
/// The record by which a transaction that comes again is known: in its home stripe, written in its batch.
/// <code>
///  key    +-----------------+---------------------------------+----------------+
///         | 2, u32 BE       | hash of the first item, u32 BE  | token, UTF-8   |
///         +-----------------+---------------------------------+----------------+
///  value  +-------------------------------+---------------------------+
///         | digest of the request, 16 B   | Unix milliseconds, u64 BE |
///         +-------------------------------+---------------------------+
/// </code>
/// The same request has the same first item, so it finds its record wherever the stripe has gone. A record counts for ten minutes; each
/// transaction with a token looks at a few others of its stripe, under the same writer, and removes those that count no more.
/// </summary>
internal sealed class TransactionToken
{
    /// <summary>How long a record counts.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    /// <summary>How many other records a transaction looks at, more than the one that it makes.</summary>
    public const int LooksMax = 4;

    private const int ValueLength = 16 + sizeof(ulong);

    private readonly byte[] _digest;
    private readonly long _now;
    private readonly byte[][] _keys;

    /// <param name="home">The home stripe.</param>
    /// <param name="key">The key of the record.</param>
    /// <param name="digest">What tells this request from others.</param>
    /// <param name="now">The time.</param>
    /// <param name="others">Keys of other records of the stripe.</param>
    public TransactionToken(StripeClaim home, byte[] key, byte[] digest, DateTimeOffset now, IEnumerable<byte[]> others)
    {
        Home = home;
        _digest = digest;
        _now = now.ToUnixTimeMilliseconds();
        _keys = [key, .. others.Where(other => !other.AsSpan().SequenceEqual(key))];
    }

    /// <summary>The home stripe.</summary>
    public StripeClaim Home { get; }

    /// <summary>The keys that it has to know, its own first.</summary>
    public IReadOnlyList<byte[]> Keys => _keys;

    /// <summary>Whether the transaction has happened already, by the record that was there when it was judged last.</summary>
    public bool IsRepeat { get; private set; }

    /// <summary>Whether another transaction has the token.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>The key of the record of a token.</summary>
    public static byte[] KeyOf(uint hash, string token)
    {
        byte[] key = new byte[EngineKey.HeaderLength + Encoding.UTF8.GetByteCount(token)];
        EngineKey.WriteHeader(key, TableIds.Tokens, hash);
        Encoding.UTF8.GetBytes(token, key.AsSpan(EngineKey.HeaderLength));
        return key;
    }

    /// <summary>What tells a request from all others: everything that decides about its outcome.</summary>
    public static byte[] DigestOf(IEnumerable<StripeWrite> writes)
    {
        XxHash128 hash = new();
        foreach (StripeWrite write in writes)
        {
            Append(hash, [(byte)(write.IsUpdate ? 1 : 0), (byte)(write.IsCheck ? 1 : 0)]);
            Append(hash, CatalogFormat.StartOf(write.Target.TableId));
            Append(hash, write.Item.Bytes.Span);
            Append(hash, write.Key.Bytes.Span);
            Append(hash, write.Expressions?.Condition);
            Append(hash, write.Expressions?.Update);
            foreach ((string name, string stands) in (write.Expressions?.Names ?? new Dictionary<string, string>()).OrderBy(n => n.Key))
            {
                Append(hash, name);
                Append(hash, stands);
            }

            ItemBuilder values = new();
            foreach ((string name, AttributeValue value) in write.Expressions?.Values ?? new Dictionary<string, AttributeValue>())
            {
                values.Set(name, value);
            }

            Append(hash, EncodedItem.Encode(values.Build()).Bytes.Span);
        }

        return hash.GetHashAndReset();
    }

    /// <summary>Looks at the records under the writer. False when the transaction must not happen.</summary>
    public bool TryJudge(PlanReads reads, int firstRead)
    {
        IsRepeat = false;
        IsTaken = false;
        if (!reads.TryGet(firstRead, out ReadOnlySpan<byte> value, out _) || IsOver(value))
        {
            return true;
        }

        IsRepeat = value[..16].SequenceEqual(_digest);
        IsTaken = !IsRepeat;
        return false;
    }

    /// <summary>Writes the record, and removes others that count no more. Requires that it was judged.</summary>
    public void Apply(PlanReads reads, int firstRead, ChangeBatch changes)
    {
        Span<byte> value = stackalloc byte[ValueLength];
        _digest.CopyTo(value);
        BinaryPrimitives.WriteInt64BigEndian(value[16..], _now);
        changes.Put(Home.Stripe, _keys[0], value);
        for (int i = 1; i < _keys.Length; i++)
        {
            if (reads.TryGet(firstRead + i, out ReadOnlySpan<byte> other, out _) && IsOver(other))
            {
                changes.Delete(Home.Stripe, _keys[i]);
            }
        }
    }

    private bool IsOver(ReadOnlySpan<byte> value)
    {
        if (value.Length != ValueLength)
        {
            throw KeystoneException.CorruptItem("the record of a transaction's token has another length than it should");
        }

        return BinaryPrimitives.ReadInt64BigEndian(value[16..]) + (long)Life.TotalMilliseconds <= _now;
    }

    private static void Append(XxHash128 hash, string? text) => Append(hash, text is null ? default : Encoding.UTF8.GetBytes(text));

    /// <summary>With its length, so that no two requests run together to the same bytes.</summary>
    private static void Append(XxHash128 hash, ReadOnlySpan<byte> bytes)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.Append(length);
        hash.Append(bytes);
    }
}
