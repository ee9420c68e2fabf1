using System.Globalization;

namespace Keystone.Simulation.Running;

/// <summary>How much a suite is to try, from the command line.</summary>
/// <param name="Seed">The first seed, or with <paramref name="Case"/> the only one.</param>
/// <param name="Time">The longest that the suite may take. A case that was begun is ended.</param>
/// <param name="CountMin">
/// What has to be reached in that time, or the suite fails; when it is reached the suite ends. 0: the suite takes all of its time.
/// </param>
/// <param name="Case">The one case to run again.</param>
/// <param name="Threads">Cases that run at a time.</param>
/// <param name="FailuresMax">After so many failed cases the suite ends.</param>
internal sealed record SuiteOptions(int Seed, TimeSpan Time, long CountMin, string? Case, int Threads, int FailuresMax)
{
    public static SuiteOptions Parse(string[] args) => new(
        int.Parse(Option(args, "--seed", "1"), CultureInfo.InvariantCulture),
        TimeSpan.FromSeconds(double.Parse(Option(args, "--seconds", "30"), CultureInfo.InvariantCulture)),
        long.Parse(Option(args, "--minimum-count", "0"), CultureInfo.InvariantCulture),
        Option(args, "--case", "") is { Length: > 0 } name ? name : null,
        int.Parse(
            Option(args, "--threads", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture),
        int.Parse(Option(args, "--failures", "1"), CultureInfo.InvariantCulture));

    private static string Option(string[] args, string option, string otherwise)
    {
        int at = Array.IndexOf(args, option);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : otherwise;
    }
}
