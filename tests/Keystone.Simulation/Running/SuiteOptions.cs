using System.Globalization;

namespace Keystone.Simulation.Running;

/// <summary>How much a suite is to try, from the command line.</summary>
internal sealed record SuiteOptions
{
    /// <summary>The options as people type them.</summary>
    public const string Usage = "[--seed N] [--seconds N] [--minimum N] [--threads N] [--failures N] | --case NAME --seed N [--times N]";

    /// <summary>The first seed, or with <see cref="Case"/> the only one.</summary>
    public int Seed { get; private init; } = 1;

    /// <summary>The longest that the suite may take. A case that was begun is ended, and the first is always begun.</summary>
    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// What has to be reached in that time, or the suite fails; when it is reached the suite ends. 0: the suite takes all of its time.
    /// </summary>
    public long CountMin { get; private init; }

    /// <summary>The one case to run again.</summary>
    public string? Case { get; private init; }

    /// <summary>How often that one is run, unless it fails before: some take another course each time.</summary>
    public int Times { get; private init; } = 1;

    /// <summary>Cases that run at a time.</summary>
    public int Threads { get; private init; } = Environment.ProcessorCount;

    /// <summary>After so many failed cases the suite ends.</summary>
    public int FailuresMax { get; private init; } = 1;

    /// <summary>Reads the options behind the verb. Null, and what is wrong, when one is not known or has no such value.</summary>
    public static SuiteOptions? Parse(ReadOnlySpan<string> arguments, out string problem)
    {
        SuiteOptions? options = new();
        for (int at = 0; at < arguments.Length; at += 2)
        {
            string value = at + 1 < arguments.Length ? arguments[at + 1] : "";
            options = options.With(arguments[at], value);
            if (options is null)
            {
                problem = $"\"{arguments[at]} {value}\" is not an option with its value.";
                return null;
            }
        }

        problem = "";
        return options;
    }

    private SuiteOptions? With(string option, string value)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        bool isInt = int.TryParse(value, invariant, out int number);
        return option switch
        {
            "--seed" when isInt => this with { Seed = number },
            "--seconds" when double.TryParse(value, invariant, out double seconds) => this with { Time = TimeSpan.FromSeconds(seconds) },
            "--minimum" or "--minimum-count" when long.TryParse(value, invariant, out long count) => this with { CountMin = count },
            "--case" when value.Length > 0 => this with { Case = value },
            "--times" when isInt && number > 0 => this with { Times = number },
            "--threads" when isInt && number > 0 => this with { Threads = number },
            "--failures" when isInt && number > 0 => this with { FailuresMax = number },
            _ => null,
        };
    }
}
