using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Net;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Keystone.Server;

/// <summary>
/// The command line of <c>kstone-server</c>: arguments in, an exit code out. 0 is a server that ran and was stopped, or an answer to
/// <c>--help</c> or <c>--version</c>; 1 is a server that could not start or ended by a failure, with the reason on the error stream; 2 is
/// a command line that is not understood.
/// </summary>
internal static class ServerCommand
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int Usage = 2;

    /// <summary>
    /// The environment variable with the descriptor that gets a line for every group of writes that is about to be seen. For audits under a
    /// tracer of system calls, and for nothing else; hence no flag.
    /// </summary>
    public const string AuditVariable = "KEYSTONE_AUDIT_FD";

    private const long MiB = 1 << 20;
    private const int PortMax = 65_535;

    private static readonly Option<string> DbPath = new("--db-path", "-d")
    {
        Description = "Directory of the database. It is made if it is not there. Required, unless the database is in memory.",
        HelpName = "PATH",
    };

    private static readonly Option<bool> InMemory = new("--in-memory")
    {
        Description = "Keep the database in memory alone: no directory, no log, gone with the process.",
    };

    private static readonly Option<int> MemoryMax = Numbered(
        new Option<int>("--memory-max")
        {
            Description = "With --in-memory, what the items may take in MiB; then writes are refused until something was deleted. "
                + "Without it, a quarter of the memory of the process.",
            HelpName = "MIB",
        },
        1,
        int.MaxValue);

    private static readonly Option<IPAddress> Host = new("--host")
    {
        Description = "Address to listen on, as an IP address.",
        DefaultValueFactory = _ => IPAddress.Loopback,
        CustomParser = ParseAddress,
        HelpName = "IP",
    };

    private static readonly Option<int> Port = PortOption(
        ServerOptions.DefaultPort, 0, "Port of gRPC; 0 takes a free one.", "--port", "-p");

    private static readonly Option<int> MetricsPort = PortOption(
        ServerOptions.DefaultMetricsPort, 0, "Port of /health, /ready and /metrics; 0 takes a free one.", "--metrics-port");

    private static readonly Option<int> SiloPort = PortOption(
        ServerOptions.DefaultSiloPort, 1, "Port between silos, on the loopback address.", "--silo-port");

    private static readonly Option<int> GatewayPort = PortOption(
        ServerOptions.DefaultGatewayPort, 1, "Port for Orleans clients, on the loopback address.", "--gateway-port");

    private static readonly Option<int> MaxConnections = Numbered(
        new Option<int>("--max-connections")
        {
            Description = "gRPC connections at a time; 0 means without limit.",
            DefaultValueFactory = _ => ServerOptions.DefaultConnectionsMax,
            HelpName = "N",
        },
        0,
        int.MaxValue);

    private static readonly Option<int> MemoryLimit = Numbered(
        new Option<int>("--memory-limit")
        {
            Description = "Memory of the whole process in MiB. Without it, what the container or the machine leaves, up to 2048.",
            HelpName = "MIB",
        },
        (int)(MemoryBudget.LimitBytesMin / MiB),
        int.MaxValue);

    private static readonly Option<string?> EncryptKeys = new("--encrypt-keys")
    {
        Description = "Key ring of an encrypted database: lines NAME = 32 bytes in base64, and current = NAME.",
        HelpName = "FILE",
    };

    /// <summary>Runs the command line to its end.</summary>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        ParseResult parsed = Root().Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError problem in parsed.Errors)
            {
                await error.WriteLineAsync($"kstone-server: {problem.Message}").ConfigureAwait(false);
            }

            await error.WriteLineAsync("Try 'kstone-server --help'.").ConfigureAwait(false);
            return Usage;
        }

        if (parsed.Action is { } answer)
        {
            var invocation = new InvocationConfiguration { Output = output, Error = error };
            return answer is SynchronousCommandLineAction ? await parsed.InvokeAsync(invocation).ConfigureAwait(false) : Usage;
        }

        if (!TryReadAudit(out int? descriptor))
        {
            await error.WriteLineAsync($"kstone-server: {AuditVariable} has to be the number of a descriptor.").ConfigureAwait(false);
            return Usage;
        }

        return await ServeAsync(ToOptions(parsed) with { AuditDescriptor = descriptor }, output, error).ConfigureAwait(false);
    }

    /// <summary>The version that <c>--version</c> prints and that metrics and logs name.</summary>
    public static string Version()
        => typeof(ServerCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Serves until a signal says to stop. A second signal ends the process at once: the store is safe without a close.</summary>
    private static async Task<int> ServeAsync(ServerOptions options, TextWriter output, TextWriter error)
    {
        using var stop = new CancellationTokenSource();
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        try
        {
            await KeystoneServer.RunAsync(options, output, stop.Token).ConfigureAwait(false);
            return Success;
        }
        catch (Exception exception)
        {
            // The top of the process: whatever ended it is told, and a failure that no operator can mend is told with its trace.
            string reason = StartFailure.Explain(exception, options) ?? $"failed by a defect: {exception}";
            await error.WriteLineAsync($"kstone-server: {reason}").ConfigureAwait(false);
            return Failure;
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>False when the variable is set and holds no descriptor.</summary>
    private static bool TryReadAudit(out int? descriptor)
    {
        string? text = Environment.GetEnvironmentVariable(AuditVariable);
        bool isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        descriptor = isNumber ? number : null;
        return isNumber || string.IsNullOrEmpty(text);
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("A Keystone database as a server: an Orleans silo with gRPC, health and metrics.")
        {
            DbPath, InMemory, MemoryMax, Host, Port, MetricsPort, SiloPort, GatewayPort, MaxConnections, MemoryLimit, EncryptKeys,
        };
        root.Validators.Add(RequirePlace);
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        return root;
    }

    private static void RequirePlace(CommandResult command)
    {
        bool hasPath = command.GetResult(DbPath) is not null;
        bool isInMemory = command.GetResult(InMemory) is { Implicit: false };
        if (hasPath == isInMemory)
        {
            command.AddError(hasPath ? "--db-path and --in-memory exclude each other." : "Option '--db-path' is required.");
        }
        else if (!isInMemory && command.GetResult(MemoryMax) is { Implicit: false })
        {
            command.AddError("--memory-max goes with --in-memory; the memory of the process is --memory-limit.");
        }
    }

    private static ServerOptions ToOptions(ParseResult parsed)
    {
        int memory = parsed.GetValue(MemoryLimit);
        int memoryMax = parsed.GetValue(MemoryMax);
        return new ServerOptions(parsed.GetValue(DbPath) is { } path ? Path.GetFullPath(path) : "memory")
        {
            InMemory = parsed.GetValue(InMemory),
            InMemoryBytesMax = memoryMax == 0 ? null : memoryMax * MiB,
            Host = parsed.GetValue(Host)!,
            Port = parsed.GetValue(Port),
            MetricsPort = parsed.GetValue(MetricsPort),
            SiloPort = parsed.GetValue(SiloPort),
            GatewayPort = parsed.GetValue(GatewayPort),
            ConnectionsMax = parsed.GetValue(MaxConnections),
            EncryptKeysPath = parsed.GetValue(EncryptKeys) is { } keys ? Path.GetFullPath(keys) : null,
            MemoryBytesMax = memory == 0 ? null : memory * MiB,
        };
    }

    private static Option<int> PortOption(int port, int min, string description, string name, params string[] aliases) => Numbered(
        new Option<int>(name, aliases) { Description = description, DefaultValueFactory = _ => port, HelpName = "PORT" }, min, PortMax);

    private static Option<int> Numbered(Option<int> option, int min, int max)
    {
        option.Validators.Add(result =>
        {
            // A value that is no number has its own message; asking for it here would throw.
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out int value) && (value < min || value > max))
            {
                result.AddError($"{option.Name} is {value}; it has to be from {min} to {max}.");
            }
        });
        return option;
    }

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        string text = result.Tokens.Single().Value;
        if (text == "localhost")
        {
            return IPAddress.Loopback;
        }

        if (IPAddress.TryParse(text, out IPAddress? address))
        {
            return address;
        }

        result.AddError($"--host is '{text}'; it has to be an IP address, such as 127.0.0.1 or 0.0.0.0.");
        return null;
    }

    private sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine($"kstone-server {Version()}");
            return Success;
        }
    }
}
