using System.Diagnostics;
using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Crash;

/// <summary>
/// Crashes at every file-system call of every script, in every mode, and checks each disk that is left. Runs scripts with one seed
/// after another until its time is over; a script with its seed is always done whole.
/// </summary>
internal sealed class CrashSuite(int firstSeed, TimeSpan time, long statesMin)
{
    /// <summary>
    /// Forks at a call: process kill and all power losses take turns, so that a run stays short; every call gets two of them.
    /// </summary>
    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    private int _turn;
    private readonly Dictionary<CrashMode, long> _states = Modes.ToDictionary(m => m, _ => 0L);

    public long States => _states.Values.Sum();

    public long RecoveryStates { get; private set; }

    public long Runs { get; private set; }

    /// <summary>Runs and reports. Returns whether every promise held and enough was tried.</summary>
    public bool Run(TextWriter report)
    {
        Stopwatch watch = Stopwatch.StartNew();
        int seed = firstSeed;
        while (watch.Elapsed < time || States < statesMin)
        {
            foreach (CrashScript script in CrashScript.All)
            {
                try
                {
                    RunOne(script, seed);
                }
                catch (Exception failure)
                {
                    report.WriteLine(
                        $"FAILED script \"{script.Name}\" seed {seed} after {States} states: {failure.GetType().Name}: {failure.Message}");
                    report.WriteLine(
                        $"replay: dotnet run --project tests/Keystone.Simulation -- crash --script \"{script.Name}\" --seed {seed}");
                    report.WriteLine(failure);
                    return false;
                }
            }

            seed++;
        }

        report.WriteLine(
            $"crash: {Runs} runs of {CrashScript.All.Length} scripts, seeds {firstSeed} to {seed - 1}, {States} crash states, "
            + $"{RecoveryStates} of them with a second crash during recovery, 0 promises broken, {watch.Elapsed.TotalSeconds:F0} s");
        report.WriteLine("crash: " + string.Join(", ", _states.Select(s => $"{s.Key} {s.Value}")));
        return true;
    }

    public void RunOne(CrashScript script, int seed)
    {
        SimulatedFileSystem files = new();
        CrashRun run = new(script, seed, files);
        bool isForking = false;
        files.OnCall = (call, path, number) =>
        {
            if (call.IsWrite() && !isForking)
            {
                isForking = true;
                Fork(run, (int)number);
                isForking = false;
            }
        };
        run.Run();
        Runs++;
        Fork(run, -1);
    }

    private void Fork(CrashRun run, int call)
    {
        for (int i = 0; i < 2; i++)
        {
            CrashMode mode = Modes[_turn++ % Modes.Length];
            Verify(run, mode, unchecked((run.Seed * 31) + call + i));
            _states[mode]++;
        }
    }

    private void Verify(CrashRun run, CrashMode mode, int seed)
    {
        SimulatedFileSystem left = run.Files.AfterCrash(mode, seed);
        try
        {
            if (!run.IsClaimed)
            {
                VerifyBirth(run, left);
                return;
            }

            int promised = mode == CrashMode.ProcessKill ? run.History.BufferedThrough : run.History.SyncedThrough;
            if (States % 4 == 0)
            {
                left = CrashDuringRecovery(run, left, mode, seed);
                RecoveryStates++;
            }

            StoreCheck.RecoverAndVerify(left, run.History, promised, run.Seed);
        }
        catch (Exception failure) when (failure is not CrashFailure { InnerException: not null })
        {
            throw new InvalidOperationException(
                $"after {mode} at call {run.Files.WriteCallCount} (crash seed {seed}): {failure.Message}", failure);
        }
    }

    /// <summary>
    /// Crashes again at a drawn call of the recovery, up to three times running. A process kill may follow a power loss and the other way
    /// round.
    /// </summary>
    private static SimulatedFileSystem CrashDuringRecovery(CrashRun run, SimulatedFileSystem left, CrashMode mode, int seed)
    {
        Random random = new(seed);
        for (int depth = 1 + random.Next(3); depth > 0; depth--)
        {
            long call = left.WriteCallCount + 1 + random.Next(60);
            CrashMode next =
                mode == CrashMode.ProcessKill || random.Next(2) == 0 ? CrashMode.ProcessKill : Modes[1 + random.Next(Modes.Length - 1)];
            left = ForkDuringRecovery(run, left, call, next, seed + depth);
        }

        return left;
    }

    /// <summary>Lets a life begin, and returns what a crash at one of its first calls leaves.</summary>
    private static SimulatedFileSystem ForkDuringRecovery(CrashRun run, SimulatedFileSystem disk, long call, CrashMode mode, int seed)
    {
        SimulatedFileSystem? fork = null;
        disk.OnCall = (kind, _, number) =>
        {
            if (kind.IsWrite() && number == call && fork is null)
            {
                fork = disk.AfterCrash(mode, seed);
            }
        };
        SeededJobHost host = new(seed);
        StorageEngine engine = StorageEngine.Open(SwarmOptions.Directory, SwarmOptions.Draw(run.Seed, disk, host));
        host.RunFor(TimeSpan.FromSeconds(1));
        host.Await(engine.DisposeAsync());
        return fork ?? disk.AfterCrash(mode, seed);
    }

    /// <summary>
    /// Before the creation was acknowledged there may be a store or none; there must be no half one that cannot be made anew.
    /// </summary>
    private static void VerifyBirth(CrashRun run, SimulatedFileSystem left)
    {
        SeededJobHost host = new(run.Seed);
        StoreOptions options = SwarmOptions.Draw(run.Seed, left, host);
        StorageEngine engine;
        try
        {
            engine = StorageEngine.Open(SwarmOptions.Directory, options);
        }
        catch (StoreException missing) when (missing.Code == StoreErrorCode.NotFound && !run.IsCreated)
        {
            engine = StorageEngine.Create(SwarmOptions.Directory, options);
        }

        host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
        CrashRun.Serve(engine);
        StoreCheck.RequireState(engine, [], snapshot: null);
        host.Await(engine.DisposeAsync());
    }
}
