using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Files;
using Keystone.Storage.Memory;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>
/// Salvages a damaged directory into a new store.
/// <para>
/// What enters: a directory that nobody has open, and a directory for the new store. What leaves: a store with the newest version of every
/// key that could be read, and a list of all that could not. What always holds: the damaged directory is only read; nothing is taken over
/// whose checksum does not match; of two versions the one with the greater sequence wins, removals and range drops among them; sequences
/// and epochs stay as they were, so positions that somebody noted mean the same.
/// </para>
/// <para>
/// A survey finds what there is. The log goes into memtables, table files are read block by block, and for each stripe all of it is
/// merged into files of the last level. The new store begins without a log.
/// </para>
/// </summary>
internal sealed class RepairWork : IDisposable
{
    private const long CacheBytes = 8 << 20;

    private readonly MemoryAccount _account = new("repair");
    private readonly RepairSettings _settings;
    private readonly RepairPlan _plan;
    private readonly ChunkPool _pool;
    private readonly BlockCache _cache;
    private readonly HandleCache _sourceHandles;
    private readonly HandleCache _targetHandles;
    private readonly LogSalvage _log;
    private readonly RepairTarget _target;
    private readonly List<RepairLoss> _losses;
    private readonly List<(int Stripe, SstMeta Meta, DataKey? Key)> _spilled = [];

    public RepairWork(string source, string target, RepairSettings settings)
    {
        _settings = settings;
        _plan = new RepairSurvey(source, settings, _account).Run();
        _losses = [.. _plan.Losses];
        _target = new RepairTarget(target, settings, _account);
        _pool = new ChunkPool(_account, settings.WriteBufferBytes, hugePages: false);
        _cache = new BlockCache(CacheBytes, _account);
        _sourceHandles = new HandleCache(settings.Files, source, settings.OpenFilesMax);
        _targetHandles = new HandleCache(settings.Files, target, settings.OpenFilesMax);
        _log = new LogSalvage(source, _plan, settings, _account, _pool);
    }

    /// <summary>Bytes of native memory in use; 0 after the end.</summary>
    public long MemoryBytes => _account.Bytes;

    public RepairResult Run(IProgress<RepairProgress>? progress, CancellationToken cancellation)
    {
        bool isDone = false;
        try
        {
            _log.Read(_losses.Add, Spill);
            for (int stripe = 0; stripe < _plan.StripeCount; stripe++)
            {
                cancellation.ThrowIfCancellationRequested();
                RepairStripe(stripe);
                progress?.Report(new RepairProgress(stripe + 1, _plan.StripeCount, _target.EntriesKept));
            }

            _spilled.ForEach(s => _target.Remove(s.Meta));
            UInt128 storeId = _settings.NewId();
            _target.Finish(storeId, _plan.StripeCount);
            isDone = true;
            return ResultOf(storeId);
        }
        finally
        {
            if (!isDone)
            {
                _target.Discard();
            }
        }
    }

    public void Dispose()
    {
        for (int stripe = 0; stripe < _plan.StripeCount; stripe++)
        {
            _log.Forget(stripe);
        }

        _cache.Dispose();
        _sourceHandles.Dispose();
        _targetHandles.Dispose();
        _pool.Dispose();
        _target.Dispose();
    }

    private RepairResult ResultOf(UInt128 storeId) => new()
    {
        StoreId = storeId,
        TablesRead = _plan.Tables.Count,
        GroupsRead = _log.GroupCount,
        EntriesKept = _target.EntriesKept,
        Losses = _losses,
        MayHoldDeleted = !_plan.Manifest.IsWhole || _losses.Count > 0,
    };

    private void RepairStripe(int stripe)
    {
        MergeCursor merge = new();
        List<SstReader> readers = [];
        if (_log.TableOf(stripe) is { } memory)
        {
            merge.Add(memory.OpenCursor());
        }

        ulong last = Math.Max(_log.LastSequences[stripe], _plan.Manifest.FlushedThrough.GetValueOrDefault(stripe));
        foreach ((SstMeta meta, HandleCache handles, DataKey? key) in TablesOf(stripe))
        {
            SstReader reader = new(meta, _cache, handles, key);
            readers.Add(reader);
            last = Math.Max(last, meta.LastSequence);
            merge.Add(new SalvageCursor(reader, (location, what) => Lose(meta, location, what)));
        }

        DropMark[] drops = [.. _plan.Manifest.DropsOf(stripe), .. _log.Drops.Where(d => d.Stripe == stripe).Select(d => d.Mark)];
        try
        {
            _target.WriteStripe(stripe, merge, drops, EpochOf(stripe), drops.Select(d => d.Sequence).Append(last).Max());
        }
        finally
        {
            readers.ForEach(r => r.Release());
            _log.Forget(stripe);
        }
    }

    private IEnumerable<(SstMeta Meta, HandleCache Handles, DataKey? Key)> TablesOf(int stripe)
        => _plan.Tables.Where(t => t.Stripe == stripe).Select(t => (t.Meta, _sourceHandles, _plan.Manifest.KeyOf(t.Meta.FileNumber)))
            .Concat(_spilled.Where(s => s.Stripe == stripe).Select(s => (s.Meta, _targetHandles, s.Key)));

    /// <summary>
    /// Claims that can be read stay. Where they are lost, the new store claims what its owner says; a disk that tells which stripes it
    /// owned gets no others.
    /// </summary>
    private ulong EpochOf(int stripe)
    {
        ulong seen = Math.Max(_plan.Manifest.Epochs.GetValueOrDefault(stripe), _log.Epochs[stripe]);
        bool isOwned = _settings.Options.OwnedStripes is { } owned ? owned.Contains(stripe) : !_plan.Manifest.KnowsClaims;
        return _plan.Manifest.IsWhole || !isOwned ? seen : Math.Max(seen, 1);
    }

    private void Spill()
    {
        for (int stripe = 0; stripe < _plan.StripeCount; stripe++)
        {
            if (_log.TableOf(stripe) is { EntryCount: > 0 } memory)
            {
                MemTableCursor cursor = memory.OpenCursor();
                (SstMeta meta, DataKey? key) = _target.Spill(cursor);
                _spilled.Add((stripe, meta, key));
                cursor.Reset();
            }

            _log.Forget(stripe);
        }
    }

    private void Lose(SstMeta meta, BlockLocation location, string what)
        => _losses.Add(new RepairLoss(FileNames.Sst(meta.FileNumber), location.Offset, location.Length, null, what));
}
