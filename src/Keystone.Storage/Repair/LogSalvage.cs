using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>
/// Reads every group of the log that can be read into memtables, one a stripe. Where groups are damaged although they were durable it goes
/// on behind them; a torn tail, of which nobody was told, ends a segment as it does in recovery.
/// <para>
/// With a whole manifest all of its segments are applied, also what is in table files by now: they are the newest part of the log without
/// a gap, so what removed an entry of theirs stands in them, too. Without one a segment may be left from an earlier use; then only what is
/// newer than the tables of a stripe counts.
/// </para>
/// </summary>
internal sealed class LogSalvage(string directory, RepairPlan plan, RepairSettings settings, MemoryAccount account, ChunkPool pool)
{
    private readonly MemTable?[] _tables = new MemTable?[plan.StripeCount];
    private readonly ulong[] _floors = FloorsOf(plan);
    private ulong _lastGroup;

    public long GroupCount { get; private set; }

    /// <summary>The newest sequence that was seen of each stripe.</summary>
    public ulong[] LastSequences { get; } = new ulong[plan.StripeCount];

    /// <summary>The newest epoch that was seen of each stripe.</summary>
    public ulong[] Epochs { get; } = new ulong[plan.StripeCount];

    public List<(int Stripe, DropMark Mark)> Drops { get; } = [];

    public MemTable? TableOf(int stripe) => _tables[stripe];

    /// <summary>Reads all segments. <paramref name="spill"/> moves the memtables into files when they take too much memory.</summary>
    public void Read(Action<RepairLoss> onLoss, Action spill)
    {
        foreach (SegmentRecord segment in plan.Segments)
        {
            string name = FileNames.Segment(segment.FileNumber);
            try
            {
                using IFile file = settings.Files.Open(Path.Combine(directory, name), writable: false);
                GroupKeys keys = new(plan.Manifest.KeyOf(segment.FileNumber), Vault: null);
                using GroupReader reader = new(file, plan.StoreId, segment.Generation, GroupKind.Commit, account, keys);
                ReadSegment(segment, reader, name, onLoss, spill);
            }
            catch (StoreException failure) when (failure.Code is StoreErrorCode.Corrupt or StoreErrorCode.Io or StoreErrorCode.NotFound)
            {
                onLoss(new RepairLoss(name, 0, 0, null, failure.Message));
            }
        }
    }

    public void Forget(int stripe)
    {
        _tables[stripe]?.Free();
        _tables[stripe] = null;
    }

    private static ulong[] FloorsOf(RepairPlan plan)
    {
        ulong[] floors = new ulong[plan.StripeCount];
        foreach ((int stripe, Sst.SstMeta meta) in plan.Manifest.IsWhole ? [] : plan.Tables)
        {
            floors[stripe] = Math.Max(floors[stripe], meta.LastSequence);
        }

        return floors;
    }

    private void ReadSegment(SegmentRecord segment, GroupReader reader, string name, Action<RepairLoss> onLoss, Action spill)
    {
        ulong last = segment.FirstGroup > 0 ? segment.FirstGroup - 1 : 0;
        bool isFirst = true;
        while (!segment.IsClosed || last < segment.EndGroup)
        {
            long offset = reader.Position;
            if (reader.TryReadNext())
            {
                if (isFirst && _lastGroup > 0 && reader.Header.Number > _lastGroup + 1)
                {
                    string missing = $"groups {_lastGroup + 1} to {reader.Header.Number - 1} are in no segment";
                    onLoss(new RepairLoss(name, offset, 0, null, missing));
                }

                isFirst = false;
                last = reader.Header.Number;
                _lastGroup = Math.Max(_lastGroup, last);
                Apply(reader.Body, name, offset, onLoss, spill);
                GroupCount++;
                continue;
            }

            bool wasDurable = segment.IsClosed || reader.FindClaimOf(Math.Max(last, _lastGroup) + 1) >= 0;
            if (!wasDurable)
            {
                return;
            }

            bool goesOn = reader.TrySkip();
            onLoss(new RepairLoss(name, offset, goesOn ? reader.Position - offset : 0, null, $"group {last + 1} is damaged"));
            if (!goesOn)
            {
                return;
            }
        }
    }

    private void Apply(ReadOnlySpan<byte> body, string name, long offset, Action<RepairLoss> onLoss, Action spill)
    {
        while (!body.IsEmpty)
        {
            if (!LogPart.TryRead(ref body, out LogPart part) || part.Stripe >= plan.StripeCount)
            {
                onLoss(new RepairLoss(name, offset, body.Length, null, "a part of a group does not decode"));
                return;
            }

            Epochs[part.Stripe] = Math.Max(Epochs[part.Stripe], part.Epoch);
            ReadOnlySpan<byte> operations = part.Operations;
            ulong sequence = part.FirstSequence;
            while (LogPart.TryReadOperation(ref operations, out EntryKind kind, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value))
            {
                Apply(part.Stripe, sequence++, kind, key, value, spill);
            }
        }
    }

    /// <summary>Groups that a recovery has written again are there twice; what is not newer than the last one is passed over.</summary>
    private void Apply(
        int stripe, ulong sequence, EntryKind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, Action spill)
    {
        if (sequence <= Math.Max(LastSequences[stripe], _floors[stripe]))
        {
            return;
        }

        LastSequences[stripe] = sequence;
        if (kind == EntryKind.Drop)
        {
            Drops.Add((stripe, new DropMark(sequence, key.ToArray(), value.ToArray())));
            return;
        }

        MemTable table = _tables[stripe] ??= new MemTable(pool);
        if (!table.TryReserve(1, key.Length + value.Length))
        {
            spill();
            table = _tables[stripe] ??= new MemTable(pool);
            if (!table.TryReserve(1, key.Length + value.Length))
            {
                throw new StoreException(
                    StoreErrorCode.LimitExceeded,
                    $"The write buffers of {pool.CapacityBytes} bytes cannot hold an operation of {key.Length + value.Length} bytes. "
                        + "Repair with a larger write buffer budget.");
            }
        }

        table.Add(key, EntryStamp.Of(sequence, kind), value);
    }
}
