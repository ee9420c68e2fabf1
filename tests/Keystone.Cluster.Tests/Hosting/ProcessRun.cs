using System.Diagnostics;
using System.Globalization;
using System.Text;
using Xunit;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>A program of this repository as a process of its own, with all that it says. Disposing ends it if it has not ended.</summary>
internal sealed class ProcessRun : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly Task<string> _error;

    private ProcessRun(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    /// <summary>What goes to standard input; closing it ends the input.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    public static ProcessRun Start(TestProgram program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program.Path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        return new ProcessRun(Process.Start(start) ?? throw new InvalidOperationException($"{program.Path} did not start."));
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

    /// <summary>Sends a signal as a shell does.</summary>
    public async Task SignalAsync(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken).ConfigureAwait(false);
    }

    public async Task<ProcessEnd> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).ConfigureAwait(false);
        return new ProcessEnd(_process.ExitCode, await _output.ConfigureAwait(false), await _error.ConfigureAwait(false));
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}

/// <summary>How a process ended, and what it said.</summary>
internal sealed record ProcessEnd(int ExitCode, string Output, string Error);
