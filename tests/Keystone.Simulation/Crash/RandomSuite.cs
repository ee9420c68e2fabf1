using Keystone.Simulation.Running;
using Keystone.Simulation.Scripts;
using Keystone.Testing.Disk;

namespace Keystone.Simulation.Crash;

/// <summary>
/// Long histories that crash again and again at drawn calls, each time in a drawn mode, also up to three times while the store comes
/// back, and go on with what is left under other options. Script and options are drawn from the seed.
/// </summary>
internal sealed class RandomSuite : ISuite
{
    private const string Swarm = "swarm";

    private const int CallsBetweenMax = 60;

    private static readonly CrashMode[] Modes = Enum.GetValues<CrashMode>();

    public string Name => "random";

    public string Unit => "crashes";

    public IReadOnlyList<string> Cases { get; } = [Swarm];

    public IReadOnlyList<string> RequiredKinds { get; } =
        [.. Enum.GetNames<CrashMode>(), .. Enumerable.Range(1, RecoveryCrash.DepthMax).Select(InRecovery)];

    public void Run(string name, int seed, Tally tally) => new RandomCase(seed, tally).Run();

    private static string InRecovery(int depth) => $"crash {depth} of a recovery";

    private sealed class RandomCase
    {
        private readonly Script _script;
        private readonly ScriptRun _run;
        private readonly Random _random;
        private readonly Tally _tally;
        private long _crashCall;
        private CrashMode _mode;
        private Moment? _crash;

        public RandomCase(int seed, Tally tally)
        {
            _tally = tally;
            _random = new Random(~seed);
            _script = Script.Swarm(seed);
            _run = new ScriptRun(_script, seed) { OnDisk = Watch };
        }

        public void Run()
        {
            _run.Begin();
            Plan();
            for (int i = 0; i < _script.Operations; i++)
            {
                _run.DoNext();
                if (_crash is { } crash)
                {
                    GoOnAfter(crash);
                }
            }

            _run.Close();
        }

        private void Watch(SimulatedFileSystem disk)
            => disk.OnCall = (call, _, number) =>
            {
                if (call.IsWrite() && number == _crashCall && _crash is null)
                {
                    _crash = _run.MomentOf(_mode, _random.Next());
                }
            };

        /// <summary>The next crash comes somewhere among the next calls.</summary>
        private void Plan()
        {
            _crash = null;
            _mode = Modes[_random.Next(Modes.Length)];
            _crashCall = _run.Disk.WriteCallCount + 1 + _random.Next(CallsBetweenMax);
        }

        private void GoOnAfter(Moment crash)
        {
            _tally.Add(_mode.ToString());
            int depth = _random.Next(RecoveryCrash.DepthMax + 1);
            for (int i = 1; i <= depth; i++)
            {
                _tally.Add(InRecovery(i));
            }

            SimulatedFileSystem left = RecoveryCrash.Draw(crash.Disk, _run.Options, _mode, depth, _random.Next());
            _run.GoOnFrom(crash with { Disk = left });
            Plan();
        }
    }
}
