using System.Diagnostics;
using System.Globalization;
using Keystone.Storage;
using Keystone.Storage.Jobs;
using Keystone.Testing;

namespace Keystone.Simulation.Kill;

/// <summary>
/// Kills a real process on a real disk, again and again, and looks each time at what is left.
/// <para>
/// A cycle: a child opens the store and writes on many lanes, synced and buffered, single keys and batches over stripes; at a drawn moment
/// it gets SIGKILL, in every eighth cycle already while it recovers the store from the kill before; then this process opens the store,
/// holds every key against an oracle that the child cannot reach, and closes it. A store lives for some cycles, then a new one with
/// other budgets takes its place. The seed fixes all operations and all moments; what the scheduler does in between it cannot fix.
/// </para>
/// </summary>
internal sealed class KillSuite(int seed, int cycles, bool isCanary)
{
    private const int CyclesOfStore = 10;
    private const int RecoveryKillEvery = 8;
    private const int KillAfterMillisecondsMin = 10;
    private const int KillAfterMillisecondsMax = 500;

    /// <summary>The recovery of such a small store takes about so long.</summary>
    private const int RecoveryMillisecondsMax = 40;

    private long _acknowledged;
    private long _settled;
    private long _flushes;
    private long _compactions;

    /// <summary>Runs the suite for people, or the child that it starts itself.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments[0] == KillWriter.Verb)
        {
            return await KillWriter.RunAsync(arguments);
        }

        int seed = Number(arguments, "--seed", Random.Shared.Next());
        int cycles = Number(arguments, "--cycles", 100);
        bool isCanary = arguments.Contains("--canary");
        Console.WriteLine($"kill: seed {seed}, {cycles} cycles");
        bool passed = await new KillSuite(seed, cycles, isCanary).RunAsync(Console.Out);
        Console.WriteLine(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return passed ? 0 : 1;
    }

    /// <summary>
    /// Runs all cycles and reports. With the canary the child acknowledges before it writes, and the run passes if the oracle finds that
    /// out.
    /// </summary>
    private async Task<bool> RunAsync(TextWriter report)
    {
        Stopwatch watch = Stopwatch.StartNew();
        for (int first = 0; first < cycles; first += CyclesOfStore)
        {
            string directory = Directory.CreateTempSubdirectory("keystone-kill-").FullName;
            try
            {
                await RunStoreAsync(directory, first, Math.Min(first + CyclesOfStore, cycles));
            }
            catch (Exception failure) when (failure is KillFailure or StoreException)
            {
                report.WriteLine($"{(isCanary ? "caught" : "FAILED")} in store {first / CyclesOfStore}, seed {seed}: {failure.Message}");
                report.WriteLine($"the store is left in {directory}");
                return isCanary && failure is KillFailure;
            }

            Directory.Delete(directory, recursive: true);
        }

        report.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"kill: {cycles} cycles, {_acknowledged} acknowledged writes checked, 0 lost ({_settled} of the writes under way had happened, "
            + $"{_flushes} flushes and {_compactions} compactions seen, {watch.Elapsed.TotalSeconds:F0} s)"));

        // Too little load would prove nothing.
        bool isEnough = cycles < CyclesOfStore || (_acknowledged > cycles && _flushes > 0 && _compactions > 0);
        return isEnough && !isCanary;
    }

    private async Task RunStoreAsync(string directory, int first, int end)
    {
        int store = first / CyclesOfStore;
        int stripeCount = await KillStore.CreateAsync(directory, seed, store);
        KillOracle oracle = new();
        for (int cycle = first; cycle < end; cycle++)
        {
            using KillProcess child = new(KillWriter.Arguments(directory, seed, store, cycle, isCanary));
            await WaitAsync(child, cycle);
            await child.KillAsync();

            await using ThreadJobHost host = new();
            await using StorageEngine engine = KillStore.Open(directory, seed, store, host);
            _settled += await oracle.CheckAsync(engine, new KillWork(seed, cycle, stripeCount), child.Acknowledged);
            _acknowledged += child.Acknowledged.Sum(count => (long)count);
            _flushes += child.Flushes;
            _compactions += child.Compactions;
        }
    }

    private async Task WaitAsync(KillProcess child, int cycle)
    {
        Dice dice = new(seed, cycle);
        if (cycle % RecoveryKillEvery == RecoveryKillEvery - 1)
        {
            await child.OpeningAsync();
            await Task.Delay(dice.Below(RecoveryMillisecondsMax));
        }
        else
        {
            await child.ReadyAsync();
            await Task.Delay(KillAfterMillisecondsMin + dice.Below(KillAfterMillisecondsMax - KillAfterMillisecondsMin));
        }
    }

    private static int Number(string[] arguments, string option, int otherwise)
    {
        int at = Array.IndexOf(arguments, option);
        return at >= 0 && at + 1 < arguments.Length ? int.Parse(arguments[at + 1], CultureInfo.InvariantCulture) : otherwise;
    }
}
