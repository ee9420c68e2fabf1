namespace Keystone.Storage.Compaction;

/// <summary>The shape of the levels of a stripe.</summary>
internal sealed record CompactionOptions
{
    /// <summary>So many files of level 0 are merged down.</summary>
    public int Level0FilesMax { get; init; } = 4;

    /// <summary>Each level holds so many times what the one above it may hold.</summary>
    public int LevelFactor { get; init; } = 10;

    /// <summary>A level is used only when what it may hold is at least this; smaller stripes have fewer levels.</summary>
    public long LevelBytesMin { get; init; } = 16L << 20;

    /// <summary>Outputs in the first sorted level grow to about this; it doubles from level to level.</summary>
    public long FileBytesFirst { get; init; } = 4L << 20;

    public long FileBytesMax { get; init; } = 64L << 20;
}
