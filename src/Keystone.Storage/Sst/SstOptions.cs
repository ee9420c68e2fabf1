namespace Keystone.Storage.Sst;

/// <summary>How a file of sorted entries is laid out. A reader needs none of it: what was chosen stands in the file.</summary>
internal sealed record SstOptions
{
    public const int BlockBytesMin = 128;
    public const int BlockBytesMax = 1 << 20;
    public const int FilterBitsPerKeyMax = 64;

    /// <summary>Payload of a data block before compression, as a target. A value above half of it gets a block of its own.</summary>
    public int BlockBytes { get; init; } = 8192;

    /// <summary>Size of the filter; 10 lets about one foreign key in a hundred pass, 0 leaves the filter out.</summary>
    public int FilterBitsPerKey { get; init; } = 10;

    public Compression Compression { get; init; } = Compression.Lz4;

    /// <summary>Payload of an index partition before compression, as a target.</summary>
    public int IndexPartitionBytes { get; init; } = 16 * 1024;

    /// <summary>Up to this many bytes of data one index block is enough; above, the index has two levels.</summary>
    public int OneLevelIndexDataBytesMax { get; init; } = 1 << 20;

    /// <summary>Throws LimitExceeded when an option is out of range.</summary>
    public void Check()
    {
        Check(BlockBytes is >= BlockBytesMin and <= BlockBytesMax, nameof(BlockBytes), BlockBytes);
        Check(FilterBitsPerKey is >= 0 and <= FilterBitsPerKeyMax, nameof(FilterBitsPerKey), FilterBitsPerKey);
        Check(Enum.IsDefined(Compression), nameof(Compression), (int)Compression);
        Check(IndexPartitionBytes is >= BlockBytesMin and <= BlockBytesMax, nameof(IndexPartitionBytes), IndexPartitionBytes);
        Check(OneLevelIndexDataBytesMax is >= 0 and <= 4 << 20, nameof(OneLevelIndexDataBytesMax), OneLevelIndexDataBytesMax);
    }

    private static void Check(bool inRange, string option, int value)
    {
        if (!inRange)
        {
            throw new StoreException(
                StoreErrorCode.LimitExceeded, $"{option} = {value} is out of range. See {nameof(SstOptions)} for its bounds.");
        }
    }
}
