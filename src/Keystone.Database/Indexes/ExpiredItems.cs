using Keystone.Model.Items;

namespace Keystone.Database.Indexes;

/// <summary>
/// The items of a table that readers are not shown although no sweep has removed them yet: those whose time has come, if the database was
/// opened so. A sweep removes just these.
/// </summary>
/// <param name="Expiry">Where the time of an item stands; null hides nothing.</param>
/// <param name="From">The first time that is not taken for a mistake, in seconds.</param>
/// <param name="To">The first time that has not passed, in seconds.</param>
internal readonly record struct ExpiredItems(TableExpiry? Expiry, long From, long To)
{
    /// <summary>Items that expired longer ago are not removed, as DynamoDB does not: their times are taken for mistakes.</summary>
    private const int YearsMax = 5;

    /// <summary>Those of a moment.</summary>
    public static ExpiredItems At(TableExpiry expiry, DateTimeOffset now)
        => new(expiry, Math.Max(0, now.AddYears(-YearsMax).ToUnixTimeSeconds()), now.ToUnixTimeSeconds());

    /// <summary>Whether an item, of which the bytes are lent, is one of them.</summary>
    public bool Have(ReadOnlySpan<byte> item)
        => Expiry is not null && Expiry.SecondsOf(ItemReader.Open(item)) is { } seconds && seconds >= From && seconds < To;
}
