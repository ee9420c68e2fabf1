using Keystone.Storage.Buffers;
using Keystone.Storage.Log;

namespace Keystone.Storage.Versions;

/// <summary>
/// The end of the manifest in force: where the next record goes, and through which record it is known to be on stable storage. Belongs to
/// the manifest's turn. Its first record was synced before CURRENT named it. A call that fails leaves the end unknown.
/// </summary>
internal sealed class ManifestTail(GroupWriter writer, NativeBuffer group) : IDisposable
{
    private ulong _number = 1;
    private ulong _syncedThrough = 1;
    private ulong _claimedThrough;

    /// <summary>
    /// Whether some record says of the last synced one that it was synced. There is always room for one more empty record.
    /// </summary>
    public bool IsCovered => _claimedThrough >= _syncedThrough;

    /// <summary>Whether there is room for what stands in the group.</summary>
    public bool Fits() => writer.Fits(group.Length - GroupHeader.Bytes);

    /// <summary>Gives what stands in the group the next number and writes it. Makes one write.</summary>
    public void Write()
    {
        _claimedThrough = _syncedThrough;
        writer.Write(group, ++_number, _claimedThrough);
    }

    /// <summary>Makes every record durable. Makes one sync.</summary>
    public void Sync()
    {
        writer.Sync();
        _syncedThrough = _number;
    }

    /// <summary>
    /// A manifest that rests or closes says of its last record that it was synced, so that damage to it is told from a torn tail. The
    /// empty record that says so is not synced itself and needs no cover. Makes one write at most.
    /// </summary>
    public void Cover()
    {
        group.Clear();
        group.Append(GroupHeader.Bytes);
        if (Fits())
        {
            Write();
        }

        _claimedThrough = _syncedThrough;
    }

    public void Dispose() => writer.Dispose();
}
