using System.CommandLine;
using System.Globalization;
using Keystone.Cli.Output;

namespace Keystone.Cli.Commands;

/// <summary>The option that bounds how many items are shown.</summary>
internal static class LimitOption
{
    public static Option<int?> New()
    {
        var option = new Option<int?>("--limit", "-l")
        {
            HelpName = "N",
            Description = $"The most items to show; for tables {PageWalk.TableItems} if not given, otherwise all.",
        };
        option.Validators.Add(result =>
        {
            // What is no number is told by the parser.
            if (result.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int limit)
                && limit < 1)
            {
                result.AddError("--limit has to be 1 or more.");
            }
        });
        return option;
    }

    /// <summary>The limit that was given, or the one of the format: a table is held in memory until it is whole.</summary>
    public static int? Or(this int? limit, OutputFormat format) => limit ?? (format == OutputFormat.Table ? PageWalk.TableItems : null);
}
