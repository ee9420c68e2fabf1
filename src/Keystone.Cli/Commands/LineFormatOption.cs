using System.CommandLine;
using Keystone.Cli.Importing;

namespace Keystone.Cli.Commands;

/// <summary>The option that chooses the notation of items in a file.</summary>
internal static class LineFormatOption
{
    public static Option<LineFormat> New() => new("--format")
    {
        Description = "How items are written: plain JSON, or DynamoDB's, which keeps every type.",
    };
}
