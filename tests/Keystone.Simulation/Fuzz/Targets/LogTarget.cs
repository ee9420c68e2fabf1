using Keystone.Storage;
using Keystone.Storage.Buffers;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Log;
using Keystone.Storage.Memory;
using Keystone.Storage.Recovery;
using Keystone.Storage.Versions;

namespace Keystone.Simulation.Fuzz.Targets;

/// <summary>A segment of the commit log, replayed into memtables as an opening does it, and read a second time.</summary>
internal sealed class LogTarget : FuzzTarget
{
    private const int Stripes = 4;
    private const int LaneCount = 2;
    private const int BatchBytes = 64 << 10;

    private static readonly MemoryAccount Account = new("fuzz log");
    private static readonly ChunkPool Pool = new(new MemoryAccount("fuzz pool"), 8 << 20, hugePages: false);

    public override string Name => "log";

    public override IEnumerable<byte[]> Seeds()
        => FilesOf(name => FileNames.Parse(name, out _) == FileKind.Segment).Select(file => GroupFile.Trim(file, GroupKind.Commit));

    public override byte[] Mutate(byte[] input, byte[] other, Random random)
        => GroupFile.Mutate(input, other, GroupKind.Commit, random, MutateBody);

    public override bool Run(byte[] input)
    {
        if (!GroupHeader.TryReadOwner(input, out UInt128 store, out ulong generation))
        {
            return false;
        }

        ulong first = GroupHeader.TryRead(input, store, generation, GroupKind.Commit, 0, input.Length, out GroupHeader header)
            ? header.Number
            : 1;
        FuzzFiles files = new(input);
        ManifestState state = new(Stripes);
        VersionEdit segment = new();
        segment.Segments.Add(new SegmentRecord(1, generation, first, 0));
        state.Apply(segment);
        StripeReplay replay = new(state, Pool) { MakeRoom = () => { } };
        LogReplay log = new(files, "/store", store, Account);
        long allBytes = Pool.UsedBytes;
        bool isWhole;
        using (ReplayBatch batch = new(LaneCount, BatchBytes, Account))
        {
            isWhole = Attempt(() => log.Read(state, Apply));
            isWhole &= Attempt(() => log.ReadAgain(0, (_, _, _, _) => { }));

            void Apply(ulong number, ReadOnlySpan<byte> body, string path, long offset)
            {
                batch.Clear();
                batch.Add(new ReplayGroup(number, path, offset), body, Stripes);
                ApplyParts(batch, state, replay);
            }
        }

        for (int stripe = 0; stripe < Stripes; stripe++)
        {
            Walk(replay[stripe]);
            replay.Forget(stripe);
        }

        Require(Account.Bytes == 0 && files.OpenCount == 0 && Pool.UsedBytes == allBytes, "memory or a handle was not given back");
        return isWhole;
    }

    /// <summary>At times a part is put behind, of a stripe that has none yet, with an operation at the limits.</summary>
    private static byte[] MutateBody(byte[] body, byte[] other, Random random)
    {
        if (random.Next(16) != 0)
        {
            return Mutation.Of(body, other, random);
        }

        EntryKind kind = (EntryKind)random.Next(3);
        byte[] key = new byte[random.Next(2) == 0 ? random.Next(20) : StoreLimits.KeyBytesMax + random.Next(-1, 2)];
        byte[] value = new byte[random.Next(200)];
        ulong sequence = Mutation.Number(random, EntryStamp.SequenceMax);
        int operationBytes = LogPart.OperationBytes(kind, key.Length, value.Length);
        byte[] part = new byte[LogPart.HeaderBytes(Stripes - 1, 1, sequence, 1, operationBytes) + operationBytes];
        Span<byte> rest = LogPart.WriteHeader(part, Stripes - 1, 1, sequence, 1, operationBytes);
        LogPart.WriteOperation(rest, kind, key, value);
        return [.. body, .. part];
    }

    private static void ApplyParts(ReplayBatch batch, ManifestState state, StripeReplay replay)
    {
        for (int lane = 0; lane < LaneCount; lane++)
        {
            foreach (ReplayPart place in batch.PartsOf(lane))
            {
                LogPart part = batch.Read(place);
                StripeRecord record = state[part.Stripe];
                if (record.Epoch == 0)
                {
                    // The manifest would say so: the segment is not the store's first.
                    record.Epoch = 1;
                    record.FlushedThrough = Math.Max(part.FirstSequence, 1) - 1;
                }

                ReplayGroup group = batch.GroupOf(place);
                if (!replay.TryApply(group.Number, part, group.Path, group.OffsetBytes))
                {
                    replay.Apply(group.Number, part, group.Path, group.OffsetBytes);
                }
            }
        }
    }

    private static void Walk(ReplayedStripe? stripe)
    {
        if (stripe is null)
        {
            return;
        }

        MemTableCursor cursor = stripe.Buffer.Table.OpenCursor();
        int entries = 0;
        for (CursorState at = cursor.SeekFirst(); at == CursorState.Entry; at = cursor.Next())
        {
            entries++;
        }

        cursor.Reset();
        Require(entries == stripe.Buffer.Table.EntryCount, "the memtable has lost an entry");
    }
}
