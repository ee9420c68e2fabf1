using System.Diagnostics;
using Keystone.Simulation.Kill;
using Keystone.Testing;
using Keystone.Testing.Audit;

namespace Keystone.Simulation.Audit;

/// <summary>
/// Runs real processes under strace and holds their system calls against the order that the engine's promises rest on.
/// <para>
/// First the engine under small budgets, so that a second of writing flushes, compacts, rolls manifests and recycles segments: a store
/// for each seed, killed and opened again. Then kstone-server itself as it is delivered, with puts through gRPC: closed by a signal,
/// opened, killed, opened once more. Each trace begins before the store is made, and one <see cref="OrderAudit"/> goes through all lives.
/// </para>
/// </summary>
internal sealed class AuditSuite(int seed, int stores, bool withServer)
{
    private const int LivesOfStore = 4;
    private const int LifeMilliseconds = 900;

    /// <summary>Small tables make large manifests.</summary>
    private const int ShownBytesMax = 256 << 10;

    /// <summary>Runs the suite for people, or the child that it starts itself.</summary>
    public static async Task<int> RunAsync(string[] arguments, int seed, int stores)
    {
        if (arguments[0] == AuditWriter.Verb)
        {
            return await AuditWriter.RunAsync(arguments);
        }

        Stopwatch watch = Stopwatch.StartNew();
        bool hasPassed = TracedProcess.Hindrance() is not { } hindrance
            ? await new AuditSuite(seed, stores, !arguments.Contains("--engine-only")).RunAsync(Console.Out)
            : Refuse(hindrance);
        Console.WriteLine($"audit: {watch.Elapsed.TotalSeconds:F0} s");
        Console.WriteLine(hasPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
        return hasPassed ? 0 : 1;
    }

    private static bool Refuse(string hindrance)
    {
        Console.WriteLine($"FAILED audit: {hindrance}");
        return false;
    }

    private async Task<bool> RunAsync(TextWriter report)
    {
        AuditCounts engine = new();
        for (int store = seed; store < seed + stores; store++)
        {
            if (await AuditedAsync(report, $"seed {store}", (directory, run) => RunEngineAsync(directory, store, run)) is not { } counts)
            {
                return false;
            }

            engine += counts;
        }

        report.WriteLine($"audit: the engine: {engine}");
        bool isEnough = IsEnough(engine, report);
        if (withServer)
        {
            AuditCounts? server = await AuditedAsync(report, $"seed {seed} of the server", (_, run) => new ServerLoad(seed).RunAsync(run));
            report.WriteLine(server is null ? "" : $"audit: kstone-server: {server}");
            isEnough = server is not null && isEnough && ServerLoad.IsEnough(server, report);
        }

        return isEnough;
    }

    /// <summary>
    /// A directory of its own, traced processes in it one after the other, and the audit of their trace; null when a rule was broken. The
    /// trace stays then.
    /// </summary>
    private static async Task<AuditCounts?> AuditedAsync(TextWriter report, string name, Func<string, TracedLives, Task> run)
    {
        TracedLives lives = new();
        try
        {
            await run(lives.StorePath, lives);
            AuditCounts counts = lives.Audit();
            lives.Delete();
            return counts;
        }
        catch (Exception failure) when (failure is AuditFailure or InvalidOperationException or KillFailure)
        {
            report.WriteLine($"FAILED audit {name}: {failure.Message}");
            report.WriteLine($"the trace is left in {lives.TracePath}");
            return null;
        }
    }

    private static async Task RunEngineAsync(string directory, int store, TracedLives lives)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Keystone.Simulation");
        Dice dice = new(store, thing: 0);
        for (int cycle = 0; cycle < LivesOfStore; cycle++)
        {
            using TracedProcess child = lives.Start(ShownBytesMax, [program, .. AuditWriter.Arguments(directory, store, cycle)]);
            await child.LineAsync(line => line.StartsWith(nameof(KillWord.Ready), StringComparison.Ordinal));
            await Task.Delay(LifeMilliseconds + dice.Below(LifeMilliseconds));
            string complaints = await child.EndAsync("-KILL");
            KillFailure.Require(complaints.Length == 0, $"the writer said: {complaints}");
        }
    }

    /// <summary>Per store. Far below what a machine reaches that has nothing else to do.</summary>
    private bool IsEnough(AuditCounts counts, TextWriter report)
    {
        bool isEnough = counts.SyncedGroups >= 300 * stores
            && counts.BufferedGroups >= 100 * stores
            && counts.Answers >= 100 * stores
            && counts.Tables >= 20 * stores
            && counts.Rolls >= LivesOfStore * stores
            && counts.Recyclings > 0
            && counts.Unlinks >= 20 * stores;
        if (!isEnough)
        {
            report.WriteLine("FAILED audit: the engine did too little to prove anything.");
        }

        return isEnough;
    }
}
