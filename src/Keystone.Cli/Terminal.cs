using System.Text;
using Spectre.Console;

namespace Keystone.Cli;

/// <summary>
/// Where a command reads from and writes to: the three standard streams of the process, or what a test puts in their place. Answers go to
/// <see cref="Out"/>, everything about the work itself to <see cref="Error"/>.
/// </summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>Tables that go into a file or a pipe are not folded.</summary>
    private const int UnfoldedWidth = 10_000;

    public Terminal(Stream input, Stream output, Stream error)
    {
        Input = input;
        Out = new StreamWriter(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
        Error = new StreamWriter(error, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n", AutoFlush = true };
    }

    public Stream Input { get; }

    /// <summary>Text to standard output. Flush it before writing to its base stream, and at the end.</summary>
    public StreamWriter Out { get; }

    /// <summary>Text to standard error, not buffered.</summary>
    public StreamWriter Error { get; }

    /// <summary>Whether a person reads standard output.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person reads standard error.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Measures rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal OfProcess() => new(Console.OpenStandardInput(), Console.OpenStandardOutput(), Console.OpenStandardError())
    {
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>Standard output for tables.</summary>
    public IAnsiConsole OutConsole() => ConsoleOver(Out, OutIsTerminal);

    /// <summary>Standard error for progress bars.</summary>
    public IAnsiConsole ErrorConsole() => ConsoleOver(Error, ErrorIsTerminal);

    public void Dispose()
    {
        Out.Dispose();
        Error.Dispose();
    }

    private static IAnsiConsole ConsoleOver(TextWriter writer, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = isTerminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        console.Profile.Capabilities.Unicode = true;
        if (!isTerminal)
        {
            console.Profile.Width = UnfoldedWidth;
        }

        return console;
    }
}
