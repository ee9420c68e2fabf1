using Keystone.Simulation.Running;
using Keystone.Simulation.Scripts;
using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;

namespace Keystone.Simulation.Crash;

/// <summary>
/// Crashes at every file-system call of every script, in every mode, and checks each disk that is left.
/// <para>
/// Counted is what differs: a disk that was checked before in the same run, with the same promises, is not checked again. Every fourth
/// disk crashes up to three more times while it comes back. The script "crashes and recoveries" has its own recoveries among the calls.
/// </para>
/// </summary>
internal sealed class CrashSuite : ISuite
{
    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    public string Name => "crash";

    public string Unit => "crash states";

    public IReadOnlyList<string> Cases { get; } = [.. Script.All.Select(script => script.Name)];

    public IReadOnlyList<string> RequiredKinds { get; } = Enum.GetNames<CrashMode>();

    public void Run(string name, int seed, Tally tally)
    {
        CrashCase crashes = new(Script.Named(name), seed, tally);
        crashes.Run();
    }

    private sealed class CrashCase
    {
        private readonly ScriptRun _run;
        private readonly Tally _tally;
        private readonly HashSet<(ulong Disk, int Promised)> _seen = [];
        private bool _isForking;

        public CrashCase(Script script, int seed, Tally tally)
        {
            _tally = tally;
            _run = new ScriptRun(script, seed) { OnDisk = Watch };
        }

        public void Run()
        {
            _run.Run();
            Fork(-1);
        }

        private void Watch(SimulatedFileSystem disk)
            => disk.OnCall = (call, _, number) =>
            {
                if (call.IsWrite() && !_isForking)
                {
                    _isForking = true;
                    Fork((int)number);
                    _isForking = false;
                }
            };

        private void Fork(int call)
        {
            foreach (CrashMode mode in Modes)
            {
                int seed = unchecked((_run.Seed * 31) + (call * Modes.Length) + (int)mode);
                SimulatedFileSystem left = _run.Disk.AfterCrash(mode, seed);
                int promised = mode == CrashMode.ProcessKill ? _run.History.BufferedThrough : _run.History.SyncedThrough;

                // What a kill leaves is not all durable, so it is another disk than one that reads the same.
                bool isNew = mode == CrashMode.ProcessKill || _seen.Add((left.Fingerprint(), promised));
                if (isNew)
                {
                    Verify(mode, seed, left, promised);
                    _tally.Add(mode.ToString());
                }
            }
        }

        private void Verify(CrashMode mode, int seed, SimulatedFileSystem left, int promised)
        {
            try
            {
                if (!_run.IsClaimed)
                {
                    VerifyBirth(left);
                    return;
                }

                if (_tally.Count % 4 == 0)
                {
                    left = RecoveryCrash.Draw(left, _run.Options, mode, 1 + ((seed & int.MaxValue) % RecoveryCrash.DepthMax), seed);
                    _tally.Note("with further crashes during recovery");
                }

                StoreCheck.RecoverAndVerify(left, _run.History, promised, _run.Seed);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException(
                    $"after {mode} at call {_run.Disk.WriteCallCount} (crash seed {seed}): {failure.Message}", failure);
            }
        }

        /// <summary>
        /// Before the creation was acknowledged there may be a store or none; there must be no half one that cannot be made anew.
        /// </summary>
        private void VerifyBirth(SimulatedFileSystem left)
        {
            SeededJobHost host = new(_run.Seed);
            StoreOptions options = SwarmOptions.Draw(_run.Seed, left, host);
            StorageEngine engine;
            try
            {
                engine = StorageEngine.Open(SwarmOptions.Directory, options);
            }
            catch (StoreException missing) when (missing.Code == StoreErrorCode.NotFound && !_run.IsCreated)
            {
                engine = StorageEngine.Create(SwarmOptions.Directory, options);
            }

            host.Await(engine.ClaimAsync(Enumerable.Range(0, engine.StripeCount).Select(s => new StripeClaim(s, 1))));
            StoreCheck.Serve(engine);
            StoreCheck.RequireState(engine, [], snapshot: null);
            host.Await(engine.DisposeAsync());
        }
    }
}
