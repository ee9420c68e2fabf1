using System.CommandLine;

namespace Keystone.Cli.Output;

/// <summary>How items are shown.</summary>
internal enum OutputFormat
{
    /// <summary>A table for people.</summary>
    Table,

    /// <summary>One array of JSON.</summary>
    Json,

    /// <summary>One line of JSON for each item.</summary>
    Jsonl,
}

/// <summary>The option that chooses a format: a table where a person reads, lines of JSON where a program does.</summary>
internal static class OutputOption
{
    public static Option<OutputFormat?> New() => new("--output", "-o")
    {
        Description = "How items are shown; a table on a terminal, jsonl otherwise.",
    };

    public static OutputFormat Choose(this OutputFormat? asked, Terminal terminal)
        => asked ?? (terminal.OutIsTerminal ? OutputFormat.Table : OutputFormat.Jsonl);
}
