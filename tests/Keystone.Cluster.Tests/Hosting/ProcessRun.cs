using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>A program of this repository as a process of its own, with all that it says. Disposing ends it if it has not ended.</summary>
internal sealed class ProcessRun : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _heard = new();
    private readonly Task _output;
    private readonly Task<string> _error;

    private ProcessRun(Process process)
    {
        _process = process;
        _output = ListenAsync(process.StandardOutput);
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What goes to standard input; closing it ends the input.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public static ProcessRun Start(TestProgram program, params IEnumerable<string> arguments) => Start(program.Path, arguments);

    /// <summary>Starts a program on a terminal of its own; both of its outputs are that terminal. Arguments are without blanks.</summary>
    public static ProcessRun StartOnTerminal(TestProgram program, params IEnumerable<string> arguments)
        => Start("script", ["--quiet", "--return", "--command", string.Join(' ', arguments.Prepend(program.Path)), "/dev/null"]);

    /// <summary>Starts a program of the machine.</summary>
    public static ProcessRun Start(string path, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            Environment = { ["TERM"] = "xterm-256color" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        return new ProcessRun(Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start."));
    }

    /// <summary>Runs <c>kstone</c> to its end, without input.</summary>
    public static async Task<ProcessEnd> KstoneAsync(params IEnumerable<string> arguments)
    {
        using ProcessRun run = Start(TestProgram.Kstone, arguments);
        run.Input.Close();
        return await run.EndAsync().ConfigureAwait(false);
    }

    /// <summary>Runs <c>kstone</c>, which has to succeed and complain of nothing, and answers what it said.</summary>
    public static async Task<string> OkAsync(params IEnumerable<string> arguments)
    {
        ProcessEnd end = await KstoneAsync(arguments).ConfigureAwait(false);
        Assert.Equal((0, ""), (end.ExitCode, end.Error));
        return end.Output;
    }

    /// <summary>Waits until the process has said something.</summary>
    public Task OutputHoldsAsync(string text)
        => Eventually.HoldsAsync(() => HasSaid(text), TestContext.Current.CancellationToken);

    /// <summary>A process that is gone says nothing more: waiting for it would never end.</summary>
    private bool HasSaid(string text)
    {
        bool isGone = _process.HasExited;
        bool isSaid = Heard().Contains(text, StringComparison.Ordinal);
        return isSaid || !isGone
            ? isSaid
            : throw new InvalidOperationException($"The process ended with {_process.ExitCode} before it said \"{text}\".");
    }

    /// <summary>Sends a signal as a shell does.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken).ConfigureAwait(false);
    }

    public async Task<ProcessEnd> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).ConfigureAwait(false);
        return new ProcessEnd(_process.ExitCode, await HeardAllAsync().ConfigureAwait(false), await _error.ConfigureAwait(false));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task<string> HeardAllAsync()
    {
        await _output.ConfigureAwait(false);
        return Heard();
    }

    private string Heard()
    {
        lock (_heard)
        {
            return _heard.ToString();
        }
    }

    private async Task ListenAsync(StreamReader output)
    {
        char[] letters = new char[4096];
        int count;
        while ((count = await output.ReadAsync(letters).ConfigureAwait(false)) > 0)
        {
            lock (_heard)
            {
                _heard.Append(letters, 0, count);
            }
        }
    }
}

/// <summary>How a process ended, and what it said.</summary>
internal sealed record ProcessEnd(int ExitCode, string Output, string Error);
