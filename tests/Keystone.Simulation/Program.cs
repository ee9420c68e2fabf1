using System.Globalization;
using Keystone.Simulation.Checkpoints;
using Keystone.Simulation.Crash;
using Keystone.Simulation.Faults;
using Keystone.Simulation.Full;
using Keystone.Simulation.Kill;
using Keystone.Simulation.Laws;
using Keystone.Simulation.Laws.Filters;
using Keystone.Simulation.Laws.Model;
using Keystone.Simulation.Laws.Options;
using Keystone.Simulation.Laws.Schedules;
using Keystone.Simulation.Laws.Snapshots;
using Keystone.Simulation.Rot;
using Keystone.Simulation.Running;
using Keystone.Simulation.Seal;

ISuite[] suites = [new CrashSuite(), new RandomSuite(), new FaultSuite(), new SyncSuite(), new RotSuite(), new SwapSuite()];
string verb = args.Length > 0 ? args[0] : "";
switch (verb)
{
    case "kill" or KillWriter.Verb:
        return await KillSuite.RunAsync(args);
    case "checkpoint":
        return End(Checkpoint());
    case "full":
        return await FullSuite.RunAsync(Number("--seed", 1), Number("--cycles", 20));
    case "seal":
        return End(Seal());
    case "model":
        return End(Loop("operations", seconds: 60).Run(Console.Out, seed => new ModelRun(seed).Run()));
    case "snapshots":
        SnapshotSuite snapshots = new();
        return End(Loop("histories", seconds: 60).Run(Console.Out, snapshots.Run, () => snapshots.Notes));
    case "filters":
        int rates = 0;
        return End(Loop("probes", seconds: 60).Run(
            Console.Out, seed => new FilterRun(seed).Run(() => Interlocked.Increment(ref rates)), () => $"{rates} rates measured"));
    case "options":
        return End(Loop("histories", seconds: 60).Run(Console.Out, OptionsSuite.Run, () => $"{OptionSet.All.Length} option sets"));
    case "schedule":
        ScheduleSuite schedules = new(Number("--seed", 1));
        return End(Loop("schedules", seconds: 60).Run(Console.Out, schedules.Run, () => schedules.Notes));
}

if (Array.Find(suites, suite => suite.Name == verb) is { } chosen)
{
    return End(new SuiteRun(chosen, SuiteOptions.Parse(args), Console.Out).Run());
}

Console.Error.WriteLine($"usage: {string.Join('|', suites.Select(suite => suite.Name))}");
Console.Error.WriteLine("           [--seed N] [--seconds N] [--minimum-count N] [--threads N] [--failures N]");
Console.Error.WriteLine("           --case NAME --seed N, to run one case again");
Console.Error.WriteLine("       kill [--seed N] [--cycles N] [--canary]");
Console.Error.WriteLine("       checkpoint [--seed N] [--cycles N]");
Console.Error.WriteLine("       full [--seed N] [--cycles N]");
Console.Error.WriteLine("       seal [--seed N] [--seconds N] [--blocks-min N]");
Console.Error.WriteLine("       model|options|schedule|snapshots|filters [--seed N] [--seconds N] [--minimum N]");
return 2;

bool Checkpoint()
{
    CheckpointSuite copies = new(Number("--seed", 1), Number("--cycles", 50));
    return copies.Run(Console.Out);
}

bool Seal()
{
    TimeSpan time = TimeSpan.FromSeconds(double.Parse(Option("--seconds", "60"), CultureInfo.InvariantCulture));
    return new SealSuite(Number("--seed", 1), time, Number("--blocks-min", 0)).Run(Console.Out);
}

static int End(bool hasPassed)
{
    Console.WriteLine(hasPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return hasPassed ? 0 : 1;
}

SeedLoop Loop(string unit, int seconds)
    => new(
        verb,
        unit,
        Number("--seed", 1),
        TimeSpan.FromSeconds(Number("--seconds", seconds)),
        long.Parse(Option("--minimum", "0"), CultureInfo.InvariantCulture));

int Number(string option, int otherwise)
    => int.Parse(Option(option, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

string Option(string option, string otherwise)
{
    int at = Array.IndexOf(args, option);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}
