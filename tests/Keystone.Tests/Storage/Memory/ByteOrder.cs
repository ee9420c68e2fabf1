namespace Keystone.Tests.Storage.Memory;

/// <summary>The order of keys: unsigned bytes, the shorter first.</summary>
internal sealed class ByteOrder : IComparer<byte[]>
{
    public static readonly ByteOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
