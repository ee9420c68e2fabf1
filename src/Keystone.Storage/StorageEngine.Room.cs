using Keystone.Storage.InMemory;

namespace Keystone.Storage;

/// <content>
/// Room in a store that lives in memory alone, whose bound is final: nobody will ever free anything but the store itself.
/// <para>
/// Writes that add something stop at a share of the bound; the rest is what removals need to be written, flushed and merged with what they
/// remove. A refused write starts that merge if something was written since the last one, so that room which removals and overwrites
/// have earned comes back without anybody asking for it.
/// </para>
/// </content>
public sealed partial class StorageEngine
{
    /// <summary>
    /// A merge takes the room of a stripe once more, and stripes are about equal: so one share of this many, or of the stripes, is kept.
    /// </summary>
    private const int SharesMax = 8;

    /// <summary>Set while what refused writes asked for is under way.</summary>
    private int _reclaiming;

    private ulong _reclaimedThrough;

    /// <summary>Whether the store lives in memory alone, where no read has to wait for anything.</summary>
    private bool IsInMemory => _memory is not null;

    /// <summary>What tables and write buffers together may take before writes that add something are refused.</summary>
    private long AddedBytesMax(MemoryFileSystem memory)
        => memory.TableBytesMax - (memory.TableBytesMax / Math.Min(_stripes.Length + 1, SharesMax));

    /// <summary>What is asked for is what can be had: in memory nothing is ever synced.</summary>
    private WriteDurability Attainable(WriteDurability asked) => IsInMemory ? WriteDurability.Buffered : asked;

    private void RequireRoom(long addedBytes)
    {
        if (_memory is null || addedBytes == 0)
        {
            return;
        }

        long used = _memory.UsedBytes + _pool.UsedBytes;
        if (used + addedBytes > AddedBytesMax(_memory))
        {
            BeginReclaim();
            throw new StoreException(
                StoreErrorCode.DiskFull,
                $"A write that adds {addedBytes} bytes was refused: the store in memory may take {_memory.TableBytesMax} bytes, has taken "
                + $"{used} and keeps the rest for removals. Remove something and try again, or give it more memory.");
        }
    }

    private void BeginReclaim()
    {
        bool isNeeded = _committer.LastGroupWritten > Volatile.Read(ref _reclaimedThrough);
        if (isNeeded && Interlocked.Exchange(ref _reclaiming, 1) == 0)
        {
            _ = ReclaimAsync();
        }
    }

    private async Task ReclaimAsync()
    {
        try
        {
            Volatile.Write(ref _reclaimedThrough, _committer.LastGroupWritten);
            await CompactAsync().ConfigureAwait(false);
        }
        catch (StoreException end) when (end.Code is StoreErrorCode.Closed or StoreErrorCode.Poisoned)
        {
            // Whoever writes hears of it there.
        }
        catch (StoreException failure)
        {
            Report(StoreEventKind.JobHindered, "Room that removals have earned could not be freed now.", failure);
        }
        finally
        {
            Volatile.Write(ref _reclaiming, 0);
        }
    }
}
