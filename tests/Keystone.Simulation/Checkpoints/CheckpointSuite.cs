using System.Diagnostics;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Checkpoints;

/// <summary>
/// Copies stores under load, a cycle for each seed, and crashes at every call on the disk while a copy is made. A fork of the disk holds
/// a whole copy or none; where there is none, the store that comes back is copied to the same place once more. The store itself keeps its
/// promises all the same.
/// </summary>
internal sealed class CheckpointSuite(int firstSeed, int cycles)
{
    /// <summary>The full checks of the source and of a second attempt are made at every so many forks; they take their time.</summary>
    private const int ThoroughEvery = 4;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    private int _turn;

    public long States { get; private set; }

    public long WholeCopies { get; private set; }

    public long SecondAttempts { get; private set; }

    public long LinkedBytes { get; private set; }

    public long CopiedBytes { get; private set; }

    /// <summary>Runs and reports. Returns whether every promise held.</summary>
    public bool Run(TextWriter report)
    {
        Stopwatch watch = Stopwatch.StartNew();
        for (int seed = firstSeed; seed < firstSeed + cycles; seed++)
        {
            try
            {
                RunOne(seed);
            }
            catch (Exception failure)
            {
                report.WriteLine($"FAILED seed {seed} after {States} states: {failure.GetType().Name}: {failure.Message}");
                report.WriteLine($"replay: dotnet run --project tests/Keystone.Simulation -- checkpoint --cycles 1 --seed {seed}");
                report.WriteLine(failure);
                return false;
            }
        }

        report.WriteLine(
            $"checkpoint: {cycles} copies under load, seeds {firstSeed} to {firstSeed + cycles - 1}, {LinkedBytes} bytes linked and "
            + $"{CopiedBytes} copied; {States} crash states while they were made, {WholeCopies} of them with a whole copy, "
            + $"{SecondAttempts} second attempts, 0 promises broken, {watch.Elapsed.TotalSeconds:F0} s");
        return true;
    }

    public void RunOne(int seed)
    {
        bool isForking = false;
        CheckpointRun? run = null;
        run = new CheckpointRun(seed)
        {
            OnCopy = () => run!.Files.OnCall = (call, _, number) =>
            {
                if (call.IsWrite() && !isForking && !run.IsCopied)
                {
                    isForking = true;
                    Fork(run, (int)number);
                    isForking = false;
                }
            },
        };
        CheckpointResult result = run.Run();
        LinkedBytes += result.LinkedBytes;
        CopiedBytes += result.CopiedBytes;
    }

    private void Fork(CheckpointRun run, int call)
    {
        CrashMode mode = Modes[_turn++ % Modes.Length];
        int seed = unchecked((run.Seed * 31) + call);
        States++;
        try
        {
            VerifyCopy(run, run.Files.AfterCrash(mode, seed));
            if (_turn % ThoroughEvery == 0)
            {
                int promised = mode == CrashMode.ProcessKill ? run.History.BufferedThrough : run.History.SyncedThrough;
                StoreCheck.RecoverAndVerify(run.Files.AfterCrash(mode, seed), run.History, promised, run.Seed);
            }
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException(
                $"after {mode} at call {run.Files.WriteCallCount} (crash seed {seed}): {failure.Message}", failure);
        }
    }

    private void VerifyCopy(CheckpointRun run, SimulatedFileSystem left)
    {
        SeededJobHost host = new(run.Seed);
        StoreOptions options = SwarmOptions.Draw(run.Seed, left, host);
        StorageEngine copy;
        try
        {
            copy = StorageEngine.Open(CheckpointRun.Target, options);
        }
        catch (StoreException missing) when (missing.Code == StoreErrorCode.NotFound)
        {
            if (_turn % ThoroughEvery == 0)
            {
                CopyAgain(run, left, host, options);
            }

            return;
        }

        WholeCopies++;
        RequireWhole(run.History, copy, run.PromisedToCopy);
        host.Await(copy.DisposeAsync());
    }

    /// <summary>What an attempt left that did not come to its end must not stand in the way of the next one.</summary>
    private void CopyAgain(CheckpointRun run, SimulatedFileSystem left, SeededJobHost host, StoreOptions options)
    {
        SecondAttempts++;
        StorageEngine engine = StorageEngine.Open(SwarmOptions.Directory, options);
        StoreCheck.Serve(engine);
        int count = run.History.PrefixOf(engine.LastSequenceOf);
        host.Await(engine.CheckpointAsync(CheckpointRun.Target));
        host.Await(engine.DisposeAsync());
        StorageEngine copy = StorageEngine.Open(CheckpointRun.Target, options);
        RequireWhole(run.History, copy, count);
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
