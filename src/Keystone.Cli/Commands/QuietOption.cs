using System.CommandLine;

namespace Keystone.Cli.Commands;

/// <summary>The option that leaves out the progress bar.</summary>
internal static class QuietOption
{
    public static Option<bool> New() => new("--quiet", "-q") { Description = "No progress bar, also on a terminal." };
}
