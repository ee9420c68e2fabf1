using Keystone.Storage.Buffers;
using Keystone.Storage.Checkpoints;
using Keystone.Storage.Compaction;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Reading;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Repair;

/// <summary>
/// The new store of a repair. Comes into being as a copy does: half of one is told by its mark, the identity is written last.
/// </summary>
internal sealed class RepairTarget : IDisposable
{
    private const long FileBytesTarget = 64 << 20;
    private const int LastLevel = StripeFiles.LevelCount - 1;
    private const ulong Generation = 1;

    private readonly RepairSettings _settings;
    private readonly MemoryAccount _account;
    private readonly CheckpointTarget _directory;
    private readonly SstBuilder _builder;
    private readonly VersionEdit _manifest = new();
    private long _fileNumber;

    public RepairTarget(string directory, RepairSettings settings, MemoryAccount account)
    {
        _settings = settings;
        _account = account;
        _builder = new SstBuilder(settings.Sst, account);
        _directory = new CheckpointTarget(settings.Files, directory);
        bool isTaken = false;
        try
        {
            Drain(_directory.Take());
            isTaken = true;
        }
        finally
        {
            if (!isTaken)
            {
                _directory.Dispose();
            }
        }
    }

    public long EntriesKept { get; private set; }

    /// <summary>Writes what a cursor brings into a file that is read again before the end.</summary>
    public (SstMeta Meta, DataKey? Key) Spill(EntryCursor cursor)
    {
        using SstWriter writer = NewWriter();
        for (CursorState state = cursor.SeekFirst(); state == CursorState.Entry; state = cursor.Next())
        {
            Add(writer, cursor);
        }

        End(writer);
        return (writer.Meta!, writer.Key);
    }

    public void Remove(SstMeta spilled) => _settings.Files.Unlink(_directory.PathOf(FileNames.Sst(spilled.FileNumber)));

    /// <summary>
    /// Writes the newest version of every key of a stripe. Nothing of the stripe lies deeper, so removals have done their work.
    /// </summary>
    public void WriteStripe(int stripe, MergeCursor cursor, DropMark[] drops, ulong epoch, ulong flushedThrough)
    {
        using VersionRule rule = new([], drops);
        SstWriter? writer = null;
        try
        {
            for (CursorState state = cursor.SeekFirst(); state == CursorState.Entry; state = cursor.Next())
            {
                if (!rule.Keeps(cursor.Key, cursor.Stamp, nothingDeeper: true))
                {
                    continue;
                }

                if (writer is { } full && full.FileBytesEstimate >= FileBytesTarget)
                {
                    EndTable(stripe, full, rule);
                    writer = null;
                }

                Add(writer ??= NewWriter(), cursor);
                EntriesKept++;
            }

            if (writer is { } last)
            {
                EndTable(stripe, last, rule);
                writer = null;
            }
        }
        finally
        {
            writer?.Dispose();
            cursor.Reset();
        }

        if (epoch > 0)
        {
            _manifest.Claims.Add((stripe, epoch));
        }

        if (flushedThrough > 0)
        {
            _manifest.FlushedThrough.Add((stripe, flushedThrough));
        }
    }

    /// <summary>Manifest, then identity: before it there is no store.</summary>
    public void Finish(UInt128 storeId, int stripeCount)
    {
        long number = ++_fileNumber;
        _manifest.Counters = new ManifestCounters(number, Generation, 0);
        ManifestFile manifests = new(_settings.Files, _directory.DirectoryPath, storeId, _account, _settings.Vault);
        Drain(manifests.Create(number, _manifest, _settings.ManifestBytesMin));
        manifests.Writer!.Dispose();
        StoreIdentity identity = new(storeId, stripeCount, Incarnation: 0);
        Drain(_directory.Finish(_settings.Vault is { } vault ? identity.WithKeyId(vault.CurrentKeyId) : identity));
    }

    /// <summary>Removes what there is of the new store.</summary>
    public void Discard() => Drain(_directory.Discard());

    public void Dispose() => _directory.Dispose();

    private void EndTable(int stripe, SstWriter writer, VersionRule rule)
    {
        using (writer)
        {
            End(writer);
            _manifest.AddFile(stripe, LastLevel, writer, rule.DropsThrough);
        }
    }

    private static void End(SstWriter writer)
    {
        Drain(writer.Finish());
        writer.Keep();
    }

    private static void Add(SstWriter writer, EntryCursor cursor)
    {
        writer.Add(cursor.Key, cursor.Stamp, cursor.Value);
        if (writer.WantsWrite)
        {
            writer.Write();
        }
    }

    private SstWriter NewWriter()
    {
        DataKey? key = _settings.Vault?.NewKey();
        return new SstWriter(_settings.Files, _directory.DirectoryPath, ++_fileNumber, _settings.NewId(), _builder, key);
    }

    private static void Drain(IEnumerable<JobStep> steps)
    {
        foreach (JobStep _ in steps)
        {
        }
    }
}
