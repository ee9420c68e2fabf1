using System.Diagnostics.CodeAnalysis;
using Keystone.Storage;

namespace Keystone.Simulation.Kill;

/// <summary>
/// What the store has to hold, kept outside of it and of the process that writes: keys and values of every lane. After each kill the store
/// is held against it, and what was in doubt is settled by what is there.
/// </summary>
internal sealed class KillOracle
{
    private const int LoadsOfMoveMax = 1000;

    private readonly Dictionary<byte[], byte[]>[] _lanes = [.. Enumerable.Range(0, KillWork.Lanes).Select(_ => NewLane())];

    /// <summary>
    /// Checks every lane: its acknowledged operations are there and nothing else, but perhaps the one that was under way, whole.
    /// Returns how many of those were there.
    /// </summary>
    public async Task<int> CheckAsync(StorageEngine engine, KillWork work, IReadOnlyList<int> acknowledged)
    {
        Dictionary<byte[], byte[]>[] found = await ScanAsync(engine, work);
        int settled = 0;
        for (int lane = 0; lane < KillWork.Lanes; lane++)
        {
            for (int number = 0; number < acknowledged[lane]; number++)
            {
                Apply(lane, work.Draw(lane, number));
            }

            if (DifferenceOf(lane, found[lane]) is { } difference)
            {
                Apply(lane, work.Draw(lane, acknowledged[lane]));
                string? other = DifferenceOf(lane, found[lane]);
                KillFailure.Require(
                    other is null,
                    $"lane {lane} after {acknowledged[lane]} acknowledged operations: {difference}; with the one under way: {other}");
                settled++;
            }

            RequireGets(engine, work, lane);
        }

        return settled;
    }

    private static Dictionary<byte[], byte[]> NewLane() => new(Bytes.Instance);

    private void Apply(int lane, KillOperation operation)
    {
        foreach (KillChange change in operation.Changes)
        {
            if (change.Value is { } value)
            {
                _lanes[lane][change.Key] = value;
            }
            else
            {
                _lanes[lane].Remove(change.Key);
            }
        }
    }

    /// <summary>The first key that is not as it has to be, or null.</summary>
    private string? DifferenceOf(int lane, Dictionary<byte[], byte[]> found)
    {
        foreach ((byte[] key, byte[] value) in _lanes[lane])
        {
            if (!found.TryGetValue(key, out byte[]? there))
            {
                return $"key {Convert.ToHexString(key)} is lost";
            }

            if (!there.AsSpan().SequenceEqual(value))
            {
                return $"key {Convert.ToHexString(key)} has another value than the last one written";
            }
        }

        return found.Keys.FirstOrDefault(key => !_lanes[lane].ContainsKey(key)) is { } extra
            ? $"key {Convert.ToHexString(extra)} is there, though it was removed or never written"
            : null;
    }

    /// <summary>Point reads take another way through filters and indexes than scans do.</summary>
    private void RequireGets(StorageEngine engine, KillWork work, int lane)
    {
        byte[] buffer = new byte[StoreLimits.KeyBytesMax * 2];
        foreach ((byte[] key, byte[] value) in _lanes[lane])
        {
            ReadResult read = engine.Get(new StripeClaim(work.StripeOf(key), KillStore.Epoch), key, buffer);
            KillFailure.Require(
                read.Status == ReadStatus.Found && buffer.AsSpan(0, read.ValueBytes).SequenceEqual(value),
                $"key {Convert.ToHexString(key)}: a scan finds it, a get answers {read.Status}");
        }
    }

    private static async Task<Dictionary<byte[], byte[]>[]> ScanAsync(StorageEngine engine, KillWork work)
    {
        Dictionary<byte[], byte[]>[] lanes = [.. Enumerable.Range(0, KillWork.Lanes).Select(_ => NewLane())];
        for (int stripe = 0; stripe < engine.StripeCount; stripe++)
        {
            using StripeIterator iterator = engine.OpenIterator(new StripeClaim(stripe, KillStore.Epoch))!.Value;
            IteratorState state = await MoveAsync(iterator, static i => i.SeekFirst());
            while (state == IteratorState.Entry)
            {
                Note(lanes, iterator.Key.ToArray(), iterator.Value.ToArray(), work.StripeOf(iterator.Key) == stripe);
                state = await MoveAsync(iterator, static i => i.Next());
            }
        }

        return lanes;
    }

    private static async ValueTask<IteratorState> MoveAsync(StripeIterator iterator, Func<StripeIterator, IteratorState> move)
    {
        for (int loads = 0; loads < LoadsOfMoveMax; loads++)
        {
            IteratorState state = move(iterator);
            if (state != IteratorState.NeedsDisk)
            {
                return state;
            }

            await iterator.LoadAsync();
        }

        throw new KillFailure("a move of an iterator needs the disk again and again");
    }

    private static void Note(Dictionary<byte[], byte[]>[] lanes, byte[] key, byte[] value, bool isAtHome)
    {
        string name = Convert.ToHexString(key);
        KillFailure.Require(isAtHome && key[0] < KillWork.Lanes, $"key {name} is in a stripe where nobody wrote it");
        KillFailure.Require(lanes[key[0]].TryAdd(key, value), $"a scan finds key {name} twice");
    }

    private sealed class Bytes : IEqualityComparer<byte[]>
    {
        public static readonly Bytes Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] bytes)
        {
            HashCode hash = default;
            hash.AddBytes(bytes);
            return hash.ToHashCode();
        }
    }
}
