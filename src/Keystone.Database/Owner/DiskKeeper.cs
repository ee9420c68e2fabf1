using Keystone.Model;

namespace Keystone.Database.Owner;

/// <summary>
/// Keeps a disk in service: opens anew one whose store refuses writes, or has lost a background job, after a failure.
/// <para>
/// What enters: a path, options, and the words of the disk about itself. What leaves: the disk that is open at this moment. What always
/// holds: one disk of the path is open at a time; the failed one is closed, with everything that it had, before the next is opened;
/// meanwhile calls fail as retryable, and none of them has done anything; attempts are counted over the hour that ends now, and when
/// they are used up the disk stays as it is, with reads and without writes, or closed if the last attempt failed. An attempt that meets
/// a defect counts as one that failed: nothing ends the keeping but the close and the giving up, and that is told.
/// </para>
/// <para>A database in memory would be empty when opened anew, so it is left as it is.</para>
/// </summary>
public sealed class DiskKeeper : IAsyncDisposable
{
    private static readonly TimeSpan CountedFor = TimeSpan.FromHours(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);

    private readonly string _path;
    private readonly KeystoneDatabaseOptions _options;
    private readonly IDiskUser _user;
    private readonly int _reopensMax;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>When attempts to open anew began, in the last hour. Touched by the keeping task only.</summary>
    private readonly Queue<long> _attempts = [];

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DatabaseDisk? _disk;

    /// <summary>What the last attempt met when the disk was given up. Written before <see cref="_isOver"/>.</summary>
    private Exception? _lastFailure;

    /// <summary>Whether nobody opens the disk anew any more. Set by the keeping task, and by the close when that has ended.</summary>
    private volatile bool _isOver;

    private Task _keeping = Task.CompletedTask;

    private DiskKeeper(string path, KeystoneDatabaseOptions options, IDiskUser user)
    {
        _path = path;
        _options = options;
        _user = user;
        _reopensMax = options.InMemory ? 0 : options.ReopensPerHourMax ?? 0;
    }

    /// <summary>The disk that is open now.</summary>
    /// <exception cref="KeystoneException">
    /// StripeUnavailable while the disk is being opened anew; Closed when that was given up after it had been closed.
    /// </exception>
    public DatabaseDisk Disk => DiskOrNull ?? throw (_isOver ? StoreErrors.GivenUp(_lastFailure) : StoreErrors.Reopening());

    /// <summary>The disk that is open now, or null while it is being opened anew.</summary>
    public DatabaseDisk? DiskOrNull => Volatile.Read(ref _disk);

    /// <summary>Opens a disk, makes it first if that is asked for, and keeps it.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="options">The options of every opening.</param>
    /// <param name="open">The first opening.</param>
    /// <param name="user">Hears when a disk goes and when another has come.</param>
    /// <exception cref="KeystoneException">What the first opening met.</exception>
    public static async ValueTask<DiskKeeper> OpenAsync(
        string path,
        KeystoneDatabaseOptions options,
        Func<string, KeystoneDatabaseOptions, ValueTask<DatabaseDisk>> open,
        IDiskUser user)
    {
        DiskKeeper keeper = new(path, options, user);
        Watch watch = new(options.OnEvent);
        keeper._disk = await open(path, options with { OnEvent = watch.Hear }).ConfigureAwait(false);
        if (keeper._reopensMax > 0)
        {
            keeper._disk.WillReopen = true;
            keeper._keeping = keeper.KeepAsync(watch);
        }

        return keeper;
    }

    /// <summary>Ends the keeping and closes the disk.</summary>
    /// <exception cref="KeystoneException">Internal, when a background job was dead; everything was given back nevertheless.</exception>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _stopped.TrySetResult();
        await _keeping.ConfigureAwait(false);
        _isOver = true;
        if (DiskOrNull is { } disk)
        {
            disk.WillReopen = false;
            await disk.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task KeepAsync(Watch? watch)
    {
        try
        {
            while (watch is not null)
            {
                await Task.WhenAny(watch.Failure, _stopped.Task).ConfigureAwait(false);
                watch = _stop.IsCancellationRequested ? null : await ReopenAsync().ConfigureAwait(false);
            }
        }
        catch (Exception defect)
        {
            // Nobody awaits this task before the close. A listener that throws, say, must not end the keeping unseen.
            End(defect);
        }
    }

    /// <summary>Null when nothing is to be kept any more.</summary>
    private async Task<Watch?> ReopenAsync()
    {
        DatabaseDisk failed = Disk;
        if (!TryCount())
        {
            return GiveUp("It serves reads and refuses writes from now on.", null);
        }

        Tell(DatabaseEventKind.Reopening, $"Opening {_path} anew, the {_attempts.Count}. time in this hour.", null);
        _user.OnRetired();
        Volatile.Write(ref _disk, null);
        await CloseAsync(failed).ConfigureAwait(false);
        TimeSpan pause = FirstPause;
        while (!_stop.IsCancellationRequested)
        {
            Watch watch = new(_options.OnEvent);
            if (await TryOpenAsync(watch).ConfigureAwait(false) is not { } failure)
            {
                return watch;
            }

            if (!TryCount())
            {
                return GiveUp("It is closed.", failure);
            }

            Tell(DatabaseEventKind.Reopening, $"{_path} could not be opened anew; it is tried again.", failure);
            await Task.Delay(pause, _options.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause *= 2;
        }

        return null;
    }

    /// <summary>Null, or why the disk is still closed. A defect is a failed attempt like any other: the next may fare better.</summary>
    private async Task<Exception?> TryOpenAsync(Watch watch)
    {
        DatabaseDisk? disk = null;
        try
        {
            disk = await DatabaseDisk.OpenAsync(_path, _options with { OnEvent = watch.Hear }).ConfigureAwait(false);
            disk.WillReopen = true;
            Volatile.Write(ref _disk, disk);
            await _user.OnOpenedAsync(disk).ConfigureAwait(false);
            return null;
        }
        catch (Exception failure)
        {
            if (disk is not null)
            {
                // Its user could not take it. The next attempt needs the directory.
                _user.OnRetired();
                Volatile.Write(ref _disk, null);
                await CloseAsync(disk).ConfigureAwait(false);
            }

            return failure;
        }
    }

    /// <summary>Whether one more attempt is allowed; then it counts.</summary>
    private bool TryCount()
    {
        while (_attempts.TryPeek(out long oldest) && _options.Time.GetElapsedTime(oldest) >= CountedFor)
        {
            _attempts.Dequeue();
        }

        if (_attempts.Count >= _reopensMax)
        {
            return false;
        }

        _attempts.Enqueue(_options.Time.GetTimestamp());
        return true;
    }

    private Watch? GiveUp(string state, Exception? failure)
    {
        Tell(
            DatabaseEventKind.GivenUp,
            $"{_path} failed again after it was opened anew {_reopensMax} times within an hour. {state} Look for the failures in this log "
                + "and at the disk, then restart the process.",
            failure);
        End(failure);
        return null;
    }

    /// <summary>From here on calls are refused for good. It was told before, so whoever is refused finds the reason in the log.</summary>
    private void End(Exception? failure)
    {
        _lastFailure = failure;
        _isOver = true;
        if (DiskOrNull is { } disk)
        {
            disk.WillReopen = false;
        }

        _user.OnGivenUp();
    }

    private void Tell(DatabaseEventKind kind, string message, Exception? failure)
        => _options.OnEvent(new DatabaseEvent(kind, message, failure));

    private async Task CloseAsync(DatabaseDisk failed)
    {
        try
        {
            await failed.DisposeAsync().ConfigureAwait(false);
        }
        catch (KeystoneException dead) when (dead.Code == KeystoneErrorCode.Internal)
        {
            // A background job was dead, which was told when it died. Everything was given back.
        }
        catch (Exception failure)
        {
            // Whether the directory was given back all the same, the next attempt finds out.
            Tell(DatabaseEventKind.Reopening, $"{_path} could not be closed cleanly before it is opened anew.", failure);
        }
    }

    /// <summary>Listens to one opening of the disk; what an earlier one says while it closes is no failure of this one.</summary>
    private sealed class Watch(Action<DatabaseEvent> listener)
    {
        private readonly TaskCompletionSource _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Failure => _failure.Task;

        public void Hear(DatabaseEvent happened)
        {
            listener(happened);
            if (happened.Kind is DatabaseEventKind.Poisoned or DatabaseEventKind.JobFailed)
            {
                _failure.TrySetResult();
            }
        }
    }
}

/// <summary>Who uses a kept disk, and has to know that it is another one.</summary>
public interface IDiskUser
{
    /// <summary>The disk is about to be closed and opened anew: nothing new should be asked of it.</summary>
    void OnRetired();

    /// <summary>Another opening of the disk has taken the place of the one before.</summary>
    ValueTask OnOpenedAsync(DatabaseDisk disk);

    /// <summary>The disk failed once more than it may be opened anew; nobody will do so any more.</summary>
    void OnGivenUp();
}
