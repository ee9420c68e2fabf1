namespace Keystone.Storage.Buffers;

/// <summary>A mebibyte of zeros for filling files.</summary>
internal static class Zeros
{
    private static readonly byte[] Bytes = new byte[1 << 20];

    public static ReadOnlySpan<byte> Span => Bytes;
}
