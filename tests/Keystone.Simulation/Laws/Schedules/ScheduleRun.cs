using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Laws.Schedules;

/// <summary>
/// One order of turns: writers, counters, a reader of snapshots and somebody who flushes and compacts, all at once on one thread, and a
/// close that comes among them. What enters is a seed, which draws the options, the clients and every turn. What leaves is a hash of all
/// turns, all calls on the disk and all answers. What always holds: an acknowledged write is there, now and when the store was opened
/// again; no increment is lost or counted twice; a snapshot shows both halves of a pair or neither; every call comes to its end.
/// </summary>
internal sealed class ScheduleRun
{
    private const int WritersMax = 4;
    private const int WritesMax = 12;
    private const int KeysOfWriter = 3;
    private const int TurnsToCloseMax = 400;

    private static readonly byte[] CounterKey = "count"u8.ToArray();
    private static readonly byte[] PairKey = "pair"u8.ToArray();
    private static readonly byte[] SecondPairKey = "pair, second half"u8.ToArray();

    private readonly Random _random;
    private readonly SimulatedFileSystem _files = new();
    private readonly SeededJobHost _host;
    private readonly StoreOptions _options;
    private readonly Dictionary<(int Stripe, byte Key), (byte[] Acknowledged, byte[]? Open)> _known = [];
    private readonly byte[] _value = new byte[4 << 10];
    private StorageEngine _engine = null!;
    private int _incrementsBegun;
    private int _incrementsAcknowledged;
    private int _pairsBegun;
    private int _pairsAcknowledged;
    private bool _isClosing;
    private ulong _hash;

    public ScheduleRun(int seed)
    {
        _random = new Random(seed);
        _host = new SeededJobHost(seed);
        _options = LawOptions.Draw(seed, _files, _host);
        _files.OnCall = (call, _, number) => Mark(((ulong)call << 32) + (ulong)number);
    }

    /// <summary>Runs to the end. Returns the hash.</summary>
    public ulong Run()
    {
        _engine = LawOptions.Create(_options, _host);
        List<Task> clients = [.. Enumerable.Range(0, 1 + _random.Next(WritersMax)).Select(id => Begin(() => WriteAsync(id)))];
        clients.Add(Begin(IncrementAsync));
        clients.Add(Begin(IncrementAsync));
        clients.Add(Begin(WritePairsAsync));
        clients.Add(Begin(ReadPairsAsync));
        clients.Add(Begin(MaintainAsync));
        if (_random.Next(2) == 0)
        {
            // The close comes in the middle of everything.
            long turn = _host.Turns + _random.Next(TurnsToCloseMax);
            _host.RunUntil(() => _host.Turns >= turn || clients.TrueForAll(c => c.IsCompleted));
        }
        else
        {
            _host.Await(Task.WhenAll(clients));
            RequireState(isClosedBetween: false);
        }

        _isClosing = true;
        _host.Await(_engine.DisposeAsync());

        // A call that was under way may hold its moment until it has ended.
        _host.Await(Task.WhenAll(clients));
        LawOptions.RequireAllGivenBack(_engine);
        LawFailure.Require(_files.OpenHandles == 0, $"{_files.OpenHandles} handles are open after the close");
        _engine = LawOptions.Open(_options);
        RequireState(isClosedBetween: true);
        LawOptions.Close(_engine, _host);
        return Dice.Mix(_hash ^ _host.TraceHash);
    }

    private Task Begin(Func<Task> client) => _host.Begin(() => UntilClosedAsync(client));

    /// <summary>A client may meet the close at any of its calls; nothing else may end it.</summary>
    private static async Task UntilClosedAsync(Func<Task> client)
    {
        try
        {
            await client();
        }
        catch (StoreException closed) when (closed.Code == StoreErrorCode.Closed)
        {
        }
    }

    /// <summary>Writes keys of its own, and finds at once what was acknowledged.</summary>
    private async Task WriteAsync(int id)
    {
        for (int i = _random.Next(WritesMax); i >= 0; i--)
        {
            int stripe = _random.Next(_options.StripeCount);
            byte key = (byte)((id * KeysOfWriter) + _random.Next(KeysOfWriter));
            byte[] value = new byte[1 + _random.Next(_random.Next(4) == 0 ? 3000 : 100)];
            _random.NextBytes(value);
            _known[(stripe, key)] = (_known.GetValueOrDefault((stripe, key), ([], null)).Acknowledged, value);
            WriteResult result = await _engine.PutAsync(new StripeClaim(stripe, 1), [key], value, DrawDurability());
            if (IsCommitted(result))
            {
                _known[(stripe, key)] = (value, null);
                RequireKnown(stripe, key, isClosedBetween: false);
            }

            await PauseAsync();
        }
    }

    private async Task IncrementAsync()
    {
        for (int i = _random.Next(WritesMax); i >= 0; i--)
        {
            _incrementsBegun++;
            if (IsCommitted(await _engine.WriteAsync(new IncrementPlan(new StripeClaim(0, 1), CounterKey), DrawDurability())))
            {
                _incrementsAcknowledged++;
            }

            await PauseAsync();
        }
    }

    /// <summary>The same number under one key of the first stripe and of the last, in one batch.</summary>
    private async Task WritePairsAsync()
    {
        for (int i = _random.Next(WritesMax); i >= 0; i--)
        {
            WriteBatch batch = new();
            byte[] value = [(byte)++_pairsBegun];
            batch.Put(new StripeClaim(0, 1), PairKey, value);
            batch.Put(new StripeClaim(_options.StripeCount - 1, 1), SecondPairKey, value);
            if (IsCommitted(await _engine.WriteAsync(batch, DrawDurability())))
            {
                _pairsAcknowledged = _pairsBegun;
            }

            await PauseAsync();
        }
    }

    private async Task ReadPairsAsync()
    {
        for (int i = _random.Next(WritesMax); i >= 0 && !_isClosing; i--)
        {
            int least = _pairsAcknowledged;
            using Snapshot snapshot = _engine.TakeSnapshot();
            int first = NumberOf(0, PairKey, snapshot);
            await PauseAsync();
            int second = NumberOf(_options.StripeCount - 1, SecondPairKey, snapshot);
            Mark((ulong)first);
            LawFailure.Require(first == second || _isClosing, $"a snapshot shows {first} and {second}, which were written together");
            LawFailure.Require(first >= least, $"a snapshot shows {first} after {least} was acknowledged");
        }
    }

    private async Task MaintainAsync()
    {
        for (int i = _random.Next(WritesMax); i >= 0; i--)
        {
            await (_random.Next(4) switch
            {
                0 => _engine.FlushAsync(),
                1 => _engine.CompactAsync(),
                2 => _engine.SyncAsync().AsTask(),
                _ => _engine.FlushAsync([_random.Next(_options.StripeCount)]),
            });
            await PauseAsync();
        }
    }

    private async Task PauseAsync()
    {
        for (int turns = _random.Next(6); turns > 0; turns--)
        {
            await _host.NextTurn();
        }
    }

    /// <summary>Every answer becomes a part of the hash. Only a store that is being closed may turn a write away.</summary>
    private bool IsCommitted(WriteResult result)
    {
        Mark(((ulong)result.Status << 32) + result.Sequence);
        LawFailure.Require(result.Status == WriteStatus.Committed || _isClosing, $"a write was answered with {result.Status}");
        return result.Status == WriteStatus.Committed;
    }

    private void RequireState(bool isClosedBetween)
    {
        foreach ((int stripe, byte key) in _known.Keys)
        {
            RequireKnown(stripe, key, isClosedBetween);
        }

        int count = NumberOf(0, CounterKey, snapshot: null);
        LawFailure.Require(
            count >= _incrementsAcknowledged && count <= _incrementsBegun,
            $"the counter is {count}, of {_incrementsBegun} increments {_incrementsAcknowledged} were acknowledged");
        int pair = NumberOf(0, PairKey, snapshot: null);
        LawFailure.Require(
            pair >= _pairsAcknowledged && pair <= _pairsBegun, $"pair {pair} is there, {_pairsAcknowledged} was acknowledged");
        LawFailure.Require(pair == NumberOf(_options.StripeCount - 1, SecondPairKey, snapshot: null), $"half of pair {pair} is there");
    }

    /// <summary>The newest acknowledged value is there; after a close in between the one that was under way may be.</summary>
    private void RequireKnown(int stripe, byte key, bool isClosedBetween)
    {
        (byte[] acknowledged, byte[]? open) = _known[(stripe, key)];
        ReadResult result = _engine.Get(new StripeClaim(stripe, 1), [key], _value);
        if (result.Status == ReadStatus.NotServing && _isClosing && !isClosedBetween)
        {
            return;
        }

        ReadOnlySpan<byte> found = result.Status == ReadStatus.Found ? _value.AsSpan(0, result.ValueBytes) : [];
        LawFailure.Require(
            found.SequenceEqual(acknowledged) || (isClosedBetween && open is not null && found.SequenceEqual(open)),
            $"stripe {stripe}, key {key}: {result} is there, {acknowledged.Length} bytes were acknowledged, {open?.Length} are open");
        Mark((ulong)result.ValueBytes);
    }

    /// <summary>The one-byte number under a key, 0 when there is none.</summary>
    private int NumberOf(int stripe, byte[] key, Snapshot? snapshot)
    {
        ReadResult result = _engine.Get(new StripeClaim(stripe, 1), key, _value, snapshot);
        return result.Status == ReadStatus.Found ? _value[0] : 0;
    }

    private WriteDurability DrawDurability() => _random.Next(2) == 0 ? WriteDurability.Synced : WriteDurability.Buffered;

    private void Mark(ulong value) => _hash = Dice.Mix(_hash ^ value);
}
