using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;
using Keystone.Cli.Commands;
using Keystone.Model;

namespace Keystone.Cli;

/// <summary>
/// The <c>kstone</c> command: KeystoneDB from a shell, on a directory or against running silos.
/// <para>
/// What enters: arguments and a terminal. What leaves: an <see cref="ExitCode"/>. What always holds: answers go to standard output and
/// nothing else does; a failure is one line <c>Error: ...</c> on standard error, without a stack trace; Ctrl-C ends a command where its
/// effects are whole.
/// </para>
/// </summary>
internal static class Kstone
{
    public static async Task<ExitCode> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellation)
    {
        ExitCode code;
        try
        {
            code = await InvokeAsync(arguments, terminal, cancellation).ConfigureAwait(false);
        }
        catch (KeystoneException failure)
        {
            code = Fail(terminal, failure.Message);
        }
        catch (CommandException failure)
        {
            Fail(terminal, failure.Message);
            code = failure.Code;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            code = Fail(terminal, failure.Message);
        }
        catch (OperationCanceledException)
        {
            Fail(terminal, "Cancelled.");
            code = ExitCode.Cancelled;
        }

        await FlushAsync(terminal).ConfigureAwait(false);
        return code;
    }

    private static async Task<ExitCode> InvokeAsync(string[] arguments, Terminal terminal, CancellationToken cancellation)
    {
        // A key may begin with an at sign: it is no file of further arguments.
        ParseResult parsed = Root(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(error => error.Message).Distinct())
            {
                terminal.Error.WriteLine($"Error: {message}");
            }

            terminal.Error.WriteLine($"Try '{NameOf(parsed.CommandResult.Command)} --help'.");
            return ExitCode.Usage;
        }

        var invocation = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            // Signals are taken by the program, from its beginning: the parser would take them only after the first wait of a command.
            ProcessTerminationTimeout = null,
        };
        return (ExitCode)await parsed.InvokeAsync(invocation, cancellation).ConfigureAwait(false);
    }

    private static RootCommand Root(Terminal terminal)
    {
        var root = new RootCommand("KeystoneDB at the command line: on a directory, or against running silos with --cluster.")
        {
            CreateCommand.Of(terminal),
            PutCommand.Of(terminal),
            GetCommand.Of(terminal),
            DeleteCommand.Of(terminal),
            QueryCommand.Of(terminal),
            ScanCommand.Of(terminal),
            SqlCommand.Of(terminal),
            ImportCommand.Of(terminal),
            ExportCommand.Of(terminal),
            TablesCommand.Of(terminal),
            StatsCommand.Of(terminal),
            VerifyCommand.Of(terminal),
            CompactCommand.Of(terminal),
            CheckpointCommand.Of(terminal),
            RepairCommand.Of(terminal),
            RewrapCommand.Of(terminal),
        };
        root.Options.OfType<VersionOption>().Single().Action = new TellVersion(terminal);
        return root;
    }

    private static string NameOf(Command command)
        => string.Join(' ', command.Parents.OfType<Command>().Where(parent => parent is not RootCommand).Select(parent => parent.Name)
            .Prepend("kstone").Concat(command is RootCommand ? [] : [command.Name]));

    private static ExitCode Fail(Terminal terminal, string message)
    {
        terminal.Error.WriteLine($"Error: {message.ReplaceLineEndings(" ")}");
        return ExitCode.Failure;
    }

    /// <summary>A reader who has gone, as in <c>kstone scan db | head</c>, is no failure of the command.</summary>
    private static async Task FlushAsync(Terminal terminal)
    {
        try
        {
            await terminal.Out.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException gone)
        {
            terminal.Error.WriteLine($"Error: {gone.Message}");
        }
    }

    private sealed class TellVersion(Terminal terminal) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            string? version = typeof(Kstone).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
            terminal.Out.WriteLine($"kstone {version}");
            return (int)ExitCode.Success;
        }
    }
}
