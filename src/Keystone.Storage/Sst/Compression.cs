namespace Keystone.Storage.Sst;

/// <summary>How the payload of a block is stored. The numbers are part of the format.</summary>
public enum Compression : byte
{
    /// <summary>As it is.</summary>
    None = 0,

    /// <summary>LZ4: costs little at writing and next to nothing at reading.</summary>
    Lz4 = 1,

    /// <summary>Zstandard: a smaller file for more time, at writing above all.</summary>
    Zstd = 2,
}
