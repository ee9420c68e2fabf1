namespace Keystone.Database;

/// <summary>
/// A range of hashes, told by the 32 bits that engine keys carry: what a scan walks, a segment of it or all. Segments of one count touch
/// each other and together are everything.
/// </summary>
/// <param name="From">The first hash.</param>
/// <param name="To">The first hash behind the range, at most 2 to the power of 32.</param>
public readonly record struct HashRange(ulong From, ulong To)
{
    /// <summary>One more than the greatest hash.</summary>
    public const ulong End = 1UL << 32;

    /// <summary>Every hash.</summary>
    public static HashRange All { get; } = new(0, End);

    /// <summary>Whether there is no hash in it.</summary>
    public bool IsEmpty => From >= To;

    /// <summary>One of the equal parts of all hashes.</summary>
    public static HashRange OfSegment(int segment, int totalSegments)
        => new(Cut(segment, totalSegments), Cut(segment + 1, totalSegments));

    /// <summary>The hashes of a stripe.</summary>
    public static HashRange OfStripe(int stripe, int stripeCount) => OfSegment(stripe, stripeCount);

    /// <summary>Whether a hash is in it.</summary>
    public bool Contains(uint hash) => hash >= From && hash < To;

    /// <summary>The first stripe that the range touches. Requires a range that is not empty.</summary>
    public int FirstStripe(int stripeCount) => StripeHash.StripeOf((uint)From, stripeCount);

    /// <summary>The last stripe that the range touches. Requires a range that is not empty.</summary>
    public int LastStripe(int stripeCount) => StripeHash.StripeOf((uint)(To - 1), stripeCount);

    private static ulong Cut(int part, int parts) => (((ulong)part << 32) + (ulong)parts - 1) / (ulong)parts;
}
