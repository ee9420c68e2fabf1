using System.Runtime.InteropServices;
using Keystone.Simulation.Fuzz.Targets;

namespace Keystone.Simulation.Fuzz;

/// <summary>
/// Runs inputs in a process of its own: first what was found before, then the files of real stores, then what comes of mutating those that
/// showed something new. The readers take turns. Ends when it is told to, or with the first promise that is broken.
/// </summary>
internal sealed partial class FuzzWorker : IDisposable
{
    private const long ProcessorNanosecondsMax = 1_000_000_000;
    private const long AllocatedBytesMax = 64 << 20;
    private const int TurnLength = 500;
    private const int KeptInputsMax = 4000;
    private const int ThreadProcessorClock = 3;

    private readonly WorkerState _state;
    private readonly EdgeMap _map = new();
    private readonly Random _random;

    private FuzzWorker(string statePath, int seed)
    {
        _state = WorkerState.Open(statePath);
        _random = new Random(seed);
    }

    /// <summary>Arguments: the verb, the shared file, the seed; perhaps one input that is to be run alone.</summary>
    public static int RunAlone(string[] args)
    {
        using FuzzWorker worker = new(args[1], int.Parse(args[2], System.Globalization.CultureInfo.InvariantCulture));
        int input = Array.IndexOf(args, "--input");
        if (input >= 0)
        {
            string name = args[Array.IndexOf(args, "--case") + 1];
            worker.Execute(FuzzTarget.All.Single(target => target.Name == name), File.ReadAllBytes(args[input + 1]));
            return 0;
        }

        worker.RunAll();
        return 0;
    }

    public void Dispose()
    {
        _map.Dispose();
        _state.Dispose();
    }

    private void RunAll()
    {
        List<byte[]>[] corpora = [.. FuzzTarget.All.Select(_ => new List<byte[]>())];
        foreach (FuzzTarget target in FuzzTarget.All)
        {
            string inputs = Path.Combine(AppContext.BaseDirectory, "Fuzz", "Inputs");
            IEnumerable<byte[]> found = Directory.Exists(inputs)
                ? Directory.EnumerateFiles(inputs, $"{target.Name}-*.bin").Order(StringComparer.Ordinal).Select(File.ReadAllBytes)
                : [];
            foreach (byte[] input in found.Concat(target.Seeds()))
            {
                corpora[target.Index].Add(input);
                Execute(target, input);
            }
        }

        while (!_state.WantsStop)
        {
            foreach (FuzzTarget target in FuzzTarget.All)
            {
                TakeTurn(target, corpora[target.Index]);
            }
        }
    }

    private void TakeTurn(FuzzTarget target, List<byte[]> corpus)
    {
        for (int i = 0; i < TurnLength && !_state.WantsStop; i++)
        {
            // What was kept last has led farthest.
            int index = _random.Next(2) == 0 ? _random.Next(corpus.Count) : corpus.Count - 1 - _random.Next(Math.Min(corpus.Count, 16));
            byte[] input = target.Mutate(corpus[index], corpus[_random.Next(corpus.Count)], _random);
            if (input.Length <= WorkerState.InputBytesMax && Execute(target, input) && corpus.Count < KeptInputsMax)
            {
                corpus.Add(input);
                _state.Keep(target.Index);
            }
        }
    }

    /// <summary>Runs one input. Returns whether it took a branch that none before it took, or took one more often.</summary>
    private bool Execute(FuzzTarget target, byte[] input)
    {
        _state.Begin(target.Index, input);
        _map.Clear();
        GuardedMemory.Begin();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long started = ProcessorNanoseconds();
        bool isAccepted = target.Run(input);
        long nanoseconds = ProcessorNanoseconds() - started;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        Require(nanoseconds < ProcessorNanosecondsMax, $"it took {nanoseconds / 1e9:F1} s of a processor");
        Require(allocated < AllocatedBytesMax, $"it allocated {allocated:N0} managed bytes");
        Require(GuardedMemory.PeakBytes < AllocatedBytesMax, $"it held {GuardedMemory.PeakBytes:N0} native bytes at a time");
        bool isNew = _map.Merge(_state.Seen(target.Index));
        _state.End(target.Index, isAccepted);
        return isNew;
    }

    private static void Require(bool isKept, string what)
    {
        if (!isKept)
        {
            throw new InvalidOperationException(what);
        }
    }

    /// <summary>What the thread had of a processor: a busy machine takes nothing from an input.</summary>
    private static long ProcessorNanoseconds()
    {
        _ = ClockGetTime(ThreadProcessorClock, out TimeSpec time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
