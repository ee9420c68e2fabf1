using System.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>
/// Decides which versions a flush or compaction keeps. It knows sequences, live snapshots and drop marks, and no clock; nothing that
/// any reader could see goes.
/// <para>
/// Snapshots cut the sequences into strata; readers of one stratum see the same version of a key. So of each key the newest version of
/// every stratum stays. A removal in the oldest stratum may go when nothing older of its key lies deeper. A version below a drop mark
/// may go when mark and version are in one stratum.
/// </para>
/// </summary>
internal sealed class VersionRule(ulong[] snapshots, DropMark[] drops) : IDisposable
{
    // The key that came last, in an array of the pool.
    private byte[] _key = [];
    private int _keyLength;
    private int _lastStratum = -1;
    private bool _hasKey;

    /// <summary>Whether any drop mark may take something.</summary>
    public bool HasDrops => drops.Length > 0;

    /// <summary>
    /// Whether the version stays. Versions come in the order of a cursor: keys ascending, newest first.
    /// <paramref name="nothingDeeper"/>: no file below the output can hold this key.
    /// </summary>
    public bool Keeps(ReadOnlySpan<byte> key, ulong stamp, bool nothingDeeper)
    {
        bool isNewKey = !_hasKey || !key.SequenceEqual(_key.AsSpan(0, _keyLength));
        if (isNewKey)
        {
            Remember(key);
        }

        ulong sequence = EntryStamp.Sequence(stamp);
        int stratum = StratumOf(sequence);
        if (!isNewKey && stratum == _lastStratum)
        {
            return false;
        }

        _lastStratum = stratum;
        if (IsDropped(key, sequence, stratum))
        {
            return false;
        }

        return EntryStamp.Kind(stamp) != EntryKind.Delete || !nothingDeeper || stratum > 0;
    }

    /// <summary>
    /// Nothing that a mark up to this sequence covers is kept: every live snapshot is above them. It is the sequence of a mark that this
    /// rule knows: a mark that is not durable yet was not applied, even if it is below every snapshot.
    /// </summary>
    public ulong DropsThrough
    {
        get
        {
            ulong through = 0;
            foreach (DropMark mark in drops)
            {
                bool isBelowAll = snapshots.Length == 0 || mark.Sequence <= snapshots[0];
                through = isBelowAll ? Math.Max(through, mark.Sequence) : through;
            }

            return through;
        }
    }

    /// <summary>
    /// Whether every version up to <paramref name="lastSequence"/> from first to last key is hidden by one mark from everybody.
    /// </summary>
    public bool DropsAll(ReadOnlySpan<byte> firstKey, ReadOnlySpan<byte> lastKey, ulong firstSequence, ulong lastSequence)
    {
        foreach (DropMark mark in drops)
        {
            if (mark.Sequence > lastSequence && mark.Covers(firstKey, lastKey) && StratumOf(firstSequence) == StratumOf(mark.Sequence))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gives back the memory for a key.</summary>
    public void Dispose()
    {
        if (_key.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_key);
            _key = [];
        }
    }

    /// <summary>The number of snapshots below the sequence: readers at snapshots of one stratum cannot tell its versions apart.</summary>
    private int StratumOf(ulong sequence)
    {
        int stratum = 0;
        while (stratum < snapshots.Length && snapshots[stratum] < sequence)
        {
            stratum++;
        }

        return stratum;
    }

    private bool IsDropped(ReadOnlySpan<byte> key, ulong sequence, int stratum)
    {
        foreach (DropMark mark in drops)
        {
            if (mark.Sequence > sequence && mark.Contains(key) && StratumOf(mark.Sequence) == stratum)
            {
                return true;
            }
        }

        return false;
    }

    private void Remember(ReadOnlySpan<byte> key)
    {
        _hasKey = true;
        _lastStratum = -1;
        if (_key.Length < key.Length)
        {
            Dispose();
            _key = ArrayPool<byte>.Shared.Rent(key.Length);
        }

        _keyLength = key.Length;
        key.CopyTo(_key);
    }
}
