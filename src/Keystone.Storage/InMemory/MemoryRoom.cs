using Keystone.Storage.Buffers;

namespace Keystone.Storage.InMemory;

/// <summary>
/// How much a file system in memory may take, and has taken. The last part of it is kept for the small files of a store, so that the
/// manifest can tell of removed tables when tables have taken all that they may. Any thread may call.
/// </summary>
internal sealed class MemoryRoom(MemoryAccount account, long bytesMax)
{
    private const long SmallFileBytesMax = 1 << 20;
    private const int SmallFileShare = 8;

    private long _usedBytes;

    /// <summary>What all files together may take.</summary>
    public long BytesMax { get; } = bytesMax;

    /// <summary>What tables may take.</summary>
    public long TableBytesMax { get; } = bytesMax - Math.Min(SmallFileBytesMax, bytesMax / SmallFileShare);

    /// <summary>What all files together have taken.</summary>
    public long UsedBytes => Volatile.Read(ref _usedBytes);

    /// <summary>Takes room for more bytes of a table or of a small file. False when there is not so much; then nothing was taken.</summary>
    public bool TryTake(long bytes, bool isTable)
    {
        if (Interlocked.Add(ref _usedBytes, bytes) > (isTable ? TableBytesMax : BytesMax))
        {
            Interlocked.Add(ref _usedBytes, -bytes);
            return false;
        }

        account.Charge(bytes);
        return true;
    }

    public void GiveBack(long bytes)
    {
        Interlocked.Add(ref _usedBytes, -bytes);
        account.Credit(bytes);
    }
}
