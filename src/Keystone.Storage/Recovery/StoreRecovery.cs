using Keystone.Storage.Buffers;
using Keystone.Storage.Encryption;
using Keystone.Storage.Entries;
using Keystone.Storage.Files;
using Keystone.Storage.Jobs;
using Keystone.Storage.Memory;
using Keystone.Storage.Sst;
using Keystone.Storage.Versions;

namespace Keystone.Storage.Recovery;

/// <summary>
/// Brings a directory back to life.
/// <para>
/// First everything is read and checked, and nothing is changed: identity, manifest, the names in the directory, the log into
/// memtables. A store that is damaged, newer or foreign is refused here, as it is. Then CURRENT names the manifest that was read once
/// more: whether its rename was durable is not known. Then the identity gets its next incarnation, from which generations count: an
/// earlier attempt to recover that did not come to its end used others. The new life begins in new files: a segment under a new
/// generation takes again every group that was not known to be durable, and is synced; a new manifest names it and the exact end of
/// every older segment; CURRENT names that manifest. Before that, the new segment does not exist; after it nothing beyond those ends is
/// read. Only then files that the new manifest does not name are removed: the last records of the old one may have been read from
/// memory that the next power loss takes, and what they dropped would be needed again. For the same reason a spare segment is used only
/// when the record that made it one is known to be durable.
/// </para>
/// </summary>
internal sealed class StoreRecovery(IFileSystem files, string directory, RecoverySettings settings)
{
    /// <summary>A life gives fewer generations than two to this power; the incarnation stands above them.</summary>
    private const int GenerationsPerLifeBits = 24;

    /// <summary>The number of the manifest that a store is made with.</summary>
    private const long FirstManifest = 1;

    /// <summary>The files that this attempt made. Nothing names them before its manifest is in force.</summary>
    private readonly List<string> _made = [];

    /// <summary>Makes an empty store in a directory that holds none. The identity is written last: before it there is no store.</summary>
    public void Create(UInt128 storeId, int stripeCount)
    {
        RemoveUnnamed(new HashSet<string>());
        ManifestFile manifests = new(files, directory, storeId, settings.Account, settings.Vault);
        ManifestState state = new(stripeCount);
        state.Apply(new VersionEdit { Counters = new ManifestCounters(FirstManifest, 1, 0) });
        Drain(manifests.Create(FirstManifest, state.ToEdit(), settings.ManifestBytesMin));
        manifests.Writer!.Dispose();
        StoreIdentity identity = new(storeId, stripeCount, Incarnation: 0);
        (settings.Vault is { } vault ? identity.WithKeyId(vault.CurrentKeyId) : identity).Write(files, directory);
    }

    /// <summary>
    /// Whether a creation that was interrupted may have left this name. It makes no segment and no table: a directory with one of those is
    /// a store that has lost its identity, and must not be made anew over what it holds.
    /// </summary>
    public static bool IsLeftOfCreation(string name)
        => FileNames.Parse(name, out long number) switch
        {
            FileKind.Lock or FileKind.Current or FileKind.Temporary => true,
            FileKind.Manifest => number == FirstManifest,
            _ => false,
        };

    /// <summary>Opens a store. The caller holds its lock.</summary>
    public RecoveredStore Open(ChunkPool pool)
    {
        StoreIdentity identity = StoreIdentity.Read(files, directory);
        RequireRing(identity);
        ManifestFile manifests = new(files, directory, identity.StoreId, settings.Account, settings.Vault);
        long oldManifest = manifests.ReadCurrent();
        ManifestState state = manifests.Read(oldManifest, identity.StripeCount, out HashSet<long> unsettled);
        RequireNamedFiles(state);
        OpenKeys(state);

        LogReplay log = new(files, directory, identity.StoreId, settings.Account, number => state.KeyOf(number)?.Key);
        SkipTakenNumbers(state);
        StripeReplay replay = NewReplay(state, pool);
        FirstSegments segments = new(files, directory, settings, _made.Add);
        bool isOpen = false;
        try
        {
            using (ReplayLanes lanes = new(replay, settings.ReplayThreads, settings.JobHost, settings.Account))
            {
                lanes.Run(apply => log.Read(state, apply));
            }

            RecoveredStore store = BeginLife(identity, manifests, oldManifest, state, unsettled, log, replay, segments);
            isOpen = true;
            return store;
        }
        catch (StoreException full) when (full.Code == StoreErrorCode.DiskFull)
        {
            RemoveMade(manifests);
            throw;
        }
        finally
        {
            if (!isOpen)
            {
                Abandon(manifests, state, replay, segments);
            }
        }
    }

    /// <summary>The first change on disk.</summary>
    private RecoveredStore BeginLife(
        StoreIdentity identity,
        ManifestFile manifests,
        long oldManifest,
        ManifestState state,
        HashSet<long> unsettled,
        LogReplay log,
        StripeReplay replay,
        FirstSegments segments)
    {
        RemoveTemporaries();
        Drain(manifests.PutInForce(oldManifest));
        identity = identity with { Incarnation = identity.Incarnation + 1 };
        identity = settings.Vault is { } vault ? identity.WithKeyId(vault.CurrentKeyId) : identity;
        identity.Write(files, directory);
        state.Apply(new VersionEdit { Counters = new ManifestCounters(0, identity.Incarnation << GenerationsPerLifeBits, 0) });
        segments.Begin(state, unsettled, identity.StoreId, log);
        long number = state.Counters.FileNumber + 1;
        VersionEdit whole = state.ToEdit();
        whole.LogDurableThrough = log.LastGroup;
        whole.Counters = whole.Counters.Then(new ManifestCounters(number, 0, log.LastGroup + 1));
        segments.NameIn(whole, state);
        _made.Add(manifests.PathOf(number));
        Drain(manifests.Create(number, whole, settings.ManifestBytesMin));
        ManifestState now = new(identity.StripeCount);
        now.Apply(whole);
        RemoveUnnamed([.. NamesIn(now), FileNames.Manifest(number), FileNames.Identity, FileNames.Current]);
        identity = ForgetOldKeys(identity);
        return new RecoveredStore(identity, manifests, number, now, replay, segments, log.LastGroup + 1);
    }

    /// <summary>All keys are wrapped under the current one by now, and the old manifest is gone: older keys open nothing.</summary>
    private StoreIdentity ForgetOldKeys(StoreIdentity identity)
    {
        if (identity.KeyIds.Count > 1)
        {
            identity = identity with { KeyIds = [identity.KeyIds[^1]] };
            identity.Write(files, directory);
        }

        return identity;
    }

    /// <summary>A replay that flushes when the pool is full. What it flushes is named by the new manifest or not at all.</summary>
    private StripeReplay NewReplay(ManifestState state, ChunkPool pool)
    {
        StripeReplay? replay = null;
        replay = new StripeReplay(state, pool) { MakeRoom = () => FlushAll(state, replay!) };
        return replay;
    }

    private static void Abandon(ManifestFile manifests, ManifestState state, StripeReplay replay, FirstSegments segments)
    {
        for (int stripe = 0; stripe < state.StripeCount; stripe++)
        {
            replay.Forget(stripe);
        }

        segments.Abandon();
        manifests.Writer?.Dispose();
    }

    /// <summary>
    /// On a full disk the next attempt needs the room of what this one made. When the new manifest may be the one that a power loss
    /// leaves, everything stays. So does what cannot be removed, until the next attempt that comes to its end: nothing names it, and what
    /// the caller has to hear is that the disk is full.
    /// </summary>
    private void RemoveMade(ManifestFile manifests)
    {
        if (manifests.IsInDoubt || manifests.Writer is not null)
        {
            return;
        }

        try
        {
            foreach (string path in _made.Where(files.FileExists))
            {
                files.TryUnlink(path);
            }

            // File systems give the blocks of a removed file to others only when the removal is durable.
            RemoveTemporaries();
            files.SyncDirectory(directory);
        }
        catch (StoreException)
        {
            // The room stays taken until then.
        }
    }

    /// <summary>Takes all steps at once: during recovery nothing else waits.</summary>
    private static void Drain(IEnumerable<JobStep> steps)
    {
        foreach (JobStep _ in steps)
        {
        }
    }

    /// <summary>Encryption is decided when a store is made; whoever gives a ring for one without it expects what is not there.</summary>
    private void RequireRing(StoreIdentity identity)
    {
        if (identity.IsEncrypted && settings.Vault is null)
        {
            throw new StoreException(
                StoreErrorCode.KeyMissing,
                $"{directory} is encrypted under the keys {string.Join(", ", identity.KeyIds)}. Give the key ring that has them.");
        }

        if (!identity.IsEncrypted && settings.Vault is not null)
        {
            throw new StoreException(
                StoreErrorCode.NotEncrypted,
                $"{directory} was made without encryption, so a key ring would protect nothing. Open it without one, or make a new store "
                    + "with the ring and copy the data into it.");
        }
    }

    /// <summary>Opens the keys of all files, so that one that is missing is told before anything is changed.</summary>
    private void OpenKeys(ManifestState state)
    {
        if (settings.Vault is not { } vault)
        {
            return;
        }

        foreach (long number in state.FileNumbers().Concat(state.SegmentsInOrder.Select(s => s.FileNumber)))
        {
            FileKey key = state.KeyOf(number)
                ?? throw new StoreException(
                    StoreErrorCode.Corrupt, $"The manifest of {directory} has no key for file {number}. Restore the store from a backup.");
            key.Key ??= vault.Open(key.Wrapped!, directory);
        }
    }

    /// <summary>A file that the manifest names and the directory lacks is damage; better found now than at the first read.</summary>
    private void RequireNamedFiles(ManifestState state)
    {
        HashSet<string> names = [.. files.List(directory)];
        foreach (string name in NamesIn(state).Where(name => !names.Contains(name)))
        {
            throw StoreException.Corrupt(Path.Combine(directory, name), 0, "the manifest names it, but it does not exist");
        }
    }

    private static IEnumerable<string> NamesIn(ManifestState state)
        => state.FileNumbers().Select(FileNames.Sst).Concat(state.SegmentsInOrder.Select(s => FileNames.Segment(s.FileNumber)));

    /// <summary>Leftovers of an interrupted life stay until the new manifest is in force, so new files take numbers above theirs.</summary>
    private void SkipTakenNumbers(ManifestState state)
    {
        long highest = 0;
        foreach (string name in files.List(directory))
        {
            FileNames.Parse(name, out long number);
            highest = Math.Max(highest, number);
        }

        state.Apply(new VersionEdit { Counters = new ManifestCounters(highest, 0, 0) });
    }

    private void RemoveTemporaries()
    {
        foreach (string name in files.List(directory))
        {
            if (FileNames.Parse(name, out _) == FileKind.Temporary)
            {
                files.Unlink(Path.Combine(directory, name));
            }
        }
    }

    private void RemoveUnnamed(HashSet<string> named)
    {
        foreach (string name in files.List(directory))
        {
            FileKind kind = FileNames.Parse(name, out _);
            if (kind is not (FileKind.Foreign or FileKind.Lock or FileKind.Ballast) && !named.Contains(name))
            {
                files.Unlink(Path.Combine(directory, name));
            }
        }
    }

    /// <summary>Moves everything replayed so far into table files, which the new manifest will name.</summary>
    private void FlushAll(ManifestState state, StripeReplay replay)
    {
        for (int stripe = 0; stripe < state.StripeCount; stripe++)
        {
            if (replay[stripe] is { Buffer.IsEmpty: false } replayed)
            {
                Flush(state, stripe, replayed.Buffer);
            }

            replay.Forget(stripe);
        }

        files.SyncDirectory(directory);
    }

    private void Flush(ManifestState state, int stripe, WriteBuffer buffer)
    {
        long number = state.Counters.FileNumber + 1;
        VersionEdit edit = new() { Counters = new ManifestCounters(number, 0, 0) };
        edit.FlushedThrough.Add((stripe, buffer.LastSequence));
        edit.AddedDrops.AddRange(buffer.Drops.Select(mark => (stripe, mark)));
        if (buffer.Table.EntryCount > 0)
        {
            DataKey? key = settings.Vault?.NewKey();
            using SstBuilder builder = new(settings.Sst, settings.Account);
            using SstWriter writer = new(files, directory, number, settings.NewFileId(), builder, key);
            MemTableCursor cursor = buffer.Table.OpenCursor();
            for (CursorState at = cursor.SeekFirst(); at == CursorState.Entry; at = cursor.Next())
            {
                writer.Add(cursor.Key, cursor.Stamp, cursor.Value);
                if (writer.WantsWrite)
                {
                    writer.Write();
                }
            }

            cursor.Reset();
            Drain(writer.Finish());
            writer.Keep();
            _made.Add(Path.Combine(directory, FileNames.Sst(number)));
            edit.AddFile(stripe, 0, writer, dropsThrough: 0);
        }

        state.Apply(edit);
    }
}

/// <summary>What recovery needs besides the directory.</summary>
internal sealed record RecoverySettings(
    int SegmentBytes,
    long ManifestBytesMin,
    SstOptions Sst,
    Func<UInt128> NewFileId,
    MemoryAccount Account,
    IJobHost JobHost,
    int ReplayThreads,
    KeyVault? Vault = null);

/// <summary>A store that is back: what the engine goes on with.</summary>
internal sealed record RecoveredStore(
    StoreIdentity Identity,
    ManifestFile Manifests,
    long ManifestNumber,
    ManifestState State,
    StripeReplay Replay,
    FirstSegments Segments,
    ulong LastGroup);
