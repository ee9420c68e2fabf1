using System.CommandLine;

namespace Keystone.Cli.Commands;

/// <summary>The option that tells the result of a command as one line of JSON.</summary>
internal static class JsonOption
{
    public static Option<bool> New() => new("--json") { Description = "The result as one line of JSON." };
}
