using System.Globalization;
using Keystone.Simulation.Audit;
using Keystone.Simulation.Checkpoints;
using Keystone.Simulation.Crash;
using Keystone.Simulation.Faults;
using Keystone.Simulation.Full;
using Keystone.Simulation.Fuzz;
using Keystone.Simulation.Items;
using Keystone.Simulation.Kill;
using Keystone.Simulation.Laws;
using Keystone.Simulation.Rot;
using Keystone.Simulation.Running;
using Keystone.Simulation.Seal;
using Keystone.Simulation.Threads;
using Keystone.Simulation.Traffic;

ISuite[] suites =
[
    new CrashSuite(), new RandomSuite(), new FaultSuite(), new SyncSuite(), new RotSuite(), new SwapSuite(), new SealSuite(),
    new CheckpointSuite(), new ThreadSuite(),
    new SeedSuite("items", "history", "operations on items", (seed, tally) => new ItemsRun(seed, tally).Run()), .. LawSuites.All,
];
string verb = args.Length > 0 ? args[0] : "";

// These suites count in processes and disks of their own.
switch (verb)
{
    case "kill" or KillWriter.Verb:
        return await KillSuite.RunAsync(args);
    case "audit" or AuditWriter.Verb:
        return await AuditSuite.RunAsync(args, Number("--seed", 1), Number("--stores", 2));
    case "full":
        return await FullSuite.RunAsync(Number("--seed", 1), Number("--cycles", 20));
    case "fuzz" or FuzzSuite.WorkerVerb:
        return FuzzSuite.Run(args);
    case "traffic" or TrafficWriter.Verb:
        return await TrafficSuite.RunAsync(args);
}

if (Array.Find(suites, suite => suite.Name == verb) is not { } chosen)
{
    Console.Error.WriteLine($"usage: {string.Join('|', suites.Select(suite => suite.Name))}");
    Console.Error.WriteLine($"           {SuiteOptions.Usage}");
    Console.Error.WriteLine("       kill [--seed N] [--cycles N] [--canary]");
    Console.Error.WriteLine("       audit [--seed N] [--stores N] [--engine-only]");
    Console.Error.WriteLine("       full [--seed N] [--cycles N]");
    Console.Error.WriteLine("       fuzz [--seed N] [--seconds N] [--minimum N] [--case NAME --input FILE]");
    Console.Error.WriteLine("       traffic [--seed N] [--gib N]");
    return 2;
}

if (SuiteOptions.Parse(args.AsSpan(1), out string problem) is not { } options)
{
    Console.Error.WriteLine($"{problem} Known are: {SuiteOptions.Usage}");
    return 2;
}

bool hasPassed = new SuiteRun(chosen, options, Console.Out, Console.Error).Run();
Console.WriteLine(hasPassed ? "1 passed, 0 failed" : "0 passed, 1 failed");
return hasPassed ? 0 : 1;

int Number(string option, int otherwise)
{
    int at = Array.IndexOf(args, option);
    return at >= 0 && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}
