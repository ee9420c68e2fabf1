using System.Globalization;
using Keystone.Simulation.Checkpoints;
using Keystone.Simulation.Crash;
using Keystone.Simulation.Full;
using Keystone.Simulation.Kill;
using Keystone.Simulation.Seal;

string suite = args.Length > 0 ? args[0] : "";
switch (suite)
{
    case "crash":
        return Crash();
    case "kill" or KillWriter.Verb:
        return await KillSuite.RunAsync(args);
    case "checkpoint":
        return Checkpoint();
    case "full":
        return await FullSuite.RunAsync(Number("--seed", 1), Number("--cycles", 20));
    case "seal":
        return Seal();
    default:
        Console.Error.WriteLine("usage: crash [--seed N] [--seconds N] [--states N] [--script NAME]");
        Console.Error.WriteLine("       kill [--seed N] [--cycles N] [--canary]");
        Console.Error.WriteLine("       checkpoint [--seed N] [--cycles N]");
        Console.Error.WriteLine("       full [--seed N] [--cycles N]");
        Console.Error.WriteLine("       seal [--seed N] [--seconds N] [--blocks-min N]");
        return 2;
}

int Checkpoint()
{
    CheckpointSuite copies = new(
        int.Parse(Option("--seed", "1"), CultureInfo.InvariantCulture), int.Parse(Option("--cycles", "50"), CultureInfo.InvariantCulture));
    bool passed = copies.Run(Console.Out);
    Console.WriteLine(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return passed ? 0 : 1;
}

int Seal()
{
    SealSuite seals = new(
        int.Parse(Option("--seed", "1"), CultureInfo.InvariantCulture),
        TimeSpan.FromSeconds(double.Parse(Option("--seconds", "60"), CultureInfo.InvariantCulture)),
        long.Parse(Option("--blocks-min", "0"), CultureInfo.InvariantCulture));
    bool passed = seals.Run(Console.Out);
    Console.WriteLine(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return passed ? 0 : 1;
}

int Crash()
{
    int seed = Number("--seed", 1);
    if (Option("--script", "") is { Length: > 0 } name)
    {
        if (Array.Find(CrashScript.All, s => s.Name == name) is not { } script)
        {
            Console.Error.WriteLine($"There is no script \"{name}\". Known are: {string.Join(", ", CrashScript.All.Select(s => s.Name))}.");
            return 2;
        }

        CrashSuite replayed = new(seed, TimeSpan.Zero, 0);
        replayed.RunOne(script, seed);
        Console.WriteLine($"crash: script \"{name}\" with seed {seed}, {replayed.States} crash states, 0 promises broken");
        Console.WriteLine("1 passed, 0 failed");
        return 0;
    }

    CrashSuite crashes = new(
        seed,
        TimeSpan.FromSeconds(double.Parse(Option("--seconds", "60"), CultureInfo.InvariantCulture)),
        long.Parse(Option("--states", "1000"), CultureInfo.InvariantCulture));
    bool passed = crashes.Run(Console.Out);
    Console.WriteLine(passed ? "1 passed, 0 failed" : "0 passed, 1 failed");
    return passed ? 0 : 1;
}

int Number(string option, int otherwise)
    => int.Parse(Option(option, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

string Option(string option, string otherwise)
{
    int at = Array.IndexOf(args, option);
    return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
}
