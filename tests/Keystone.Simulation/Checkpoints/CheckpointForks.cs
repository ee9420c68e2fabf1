using Keystone.Simulation.Running;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Checkpoints;

/// <summary>
/// One store that is copied, and a fork of its disk at every call while the copy is made, each as after a crash of another kind: it holds
/// a whole copy or none.
/// </summary>
internal sealed class CheckpointForks
{
    /// <summary>The full checks of the source and of a second attempt are made at every so many forks; they take their time.</summary>
    private const int ThoroughEvery = 4;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    private readonly CheckpointRun _run;
    private readonly Tally _tally;
    private bool _isForking;
    private int _turn;

    public CheckpointForks(int seed, Tally tally)
    {
        _tally = tally;
        _turn = seed;
        _run = new CheckpointRun(seed) { OnCopy = Watch };
    }

    public void Run()
    {
        CheckpointResult result = _run.Run();
        _tally.Note("bytes linked", result.LinkedBytes);
        _tally.Note("bytes copied", result.CopiedBytes);
    }

    private void Watch()
        => _run.Files.OnCall = (call, _, number) =>
        {
            if (call.IsWrite() && !_isForking && !_run.IsCopied)
            {
                _isForking = true;
                Fork((int)number);
                _isForking = false;
            }
        };

    private void Fork(int call)
    {
        CrashMode mode = Modes[_turn++ % Modes.Length];
        int seed = unchecked((_run.Seed * 31) + call);
        _tally.Note("crash states");
        try
        {
            VerifyCopy(_run.Files.AfterCrash(mode, seed));
            if (_turn % ThoroughEvery == 0)
            {
                int promised = mode == CrashMode.ProcessKill ? _run.History.BufferedThrough : _run.History.SyncedThrough;
                StoreCheck.RecoverAndVerify(_run.Files.AfterCrash(mode, seed), _run.History, promised, _run.Seed);
            }
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"after {mode} at call {_run.Files.WriteCallCount} (crash seed {seed}): {failure.Message}", failure);
        }
    }

    private void VerifyCopy(SimulatedFileSystem left)
    {
        SeededJobHost host = new(_run.Seed);
        StoreOptions options = SwarmOptions.Draw(_run.Seed, left, host);
        StorageEngine copy;
        try
        {
            copy = StorageEngine.Open(CheckpointRun.Target, options);
        }
        catch (StoreException missing) when (missing.Code == StoreErrorCode.NotFound)
        {
            if (_turn % ThoroughEvery == 0)
            {
                CopyAgain(left, host, options);
            }

            return;
        }

        _tally.Note("of them with a whole copy");
        RequireWhole(_run.History, copy, _run.PromisedToCopy);
        host.Await(copy.DisposeAsync());
    }

    /// <summary>What an attempt left that did not come to its end must not stand in the way of the next one.</summary>
    private void CopyAgain(SimulatedFileSystem left, SeededJobHost host, StoreOptions options)
    {
        _tally.Note("second attempts");
        StorageEngine engine = StorageEngine.Open(SwarmOptions.Directory, options);
        StoreCheck.Serve(engine);
        int count = _run.History.PrefixOf(engine.LastSequenceOf);
        host.Await(engine.CheckpointAsync(CheckpointRun.Target));
        host.Await(engine.DisposeAsync());
        StorageEngine copy = StorageEngine.Open(CheckpointRun.Target, options);
        RequireWhole(_run.History, copy, count);
        host.Await(copy.DisposeAsync());
        string[] stray = [.. left.Files().Where(f => f.EndsWith("CHECKPOINT", StringComparison.Ordinal))];
        if (stray.Length > 0)
        {
            throw new BrokenPromise($"the mark of an unfinished copy is left: {string.Join(", ", stray)}");
        }
    }

    private static void RequireWhole(History history, StorageEngine copy, int promised)
    {
        StoreCheck.Serve(copy);
        StoreCheck.RequirePrefix(copy, history, promised);
    }
}
