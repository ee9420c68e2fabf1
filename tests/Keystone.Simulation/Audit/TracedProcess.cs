using System.Diagnostics;
using System.Globalization;

namespace Keystone.Simulation.Audit;

/// <summary>
/// A process under strace. A shell within the trace opens the descriptor of the audit, says its own number, and becomes the program; so
/// that is the number to kill.
/// </summary>
internal sealed class TracedProcess : IDisposable
{
    /// <summary>The environment variable that hands the descriptor over.</summary>
    public const string Variable = "KEYSTONE_AUDIT_FD";

    private const int Descriptor = 9;

    private const string Calls = "?open,openat,?creat,?mkdir,pwrite64,write,fdatasync,fsync,?rename,?unlink,ftruncate,fallocate";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly Process _strace;
    private readonly Task<string> _complaints;
    private readonly Task<int> _number;
    private Task? _rest;

    /// <param name="tracePath">What the tracer appends to.</param>
    /// <param name="auditPath">What the process appends its audit to.</param>
    /// <param name="shownBytesMax">How much of a write is shown: the largest record of a manifest has to fit.</param>
    /// <param name="command">The program and its arguments.</param>
    public TracedProcess(string tracePath, string auditPath, int shownBytesMax, IEnumerable<string> command)
    {
        ProcessStartInfo start = new("strace")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Variable] = Descriptor.ToString(CultureInfo.InvariantCulture) },
        };
        string[] arguments =
        [
            "-f", "--seccomp-bpf", "-A", "-y", "-ttt", "-s", shownBytesMax.ToString(CultureInfo.InvariantCulture), "-e", $"trace={Calls}",
            "-o", tracePath, "sh", "-c", $"exec {Descriptor}>>\"$0\"; echo $$; exec \"$@\"", auditPath, .. command,
        ];
        Array.ForEach(arguments, start.ArgumentList.Add);
        _strace = Process.Start(start)!;
        _complaints = _strace.StandardError.ReadToEndAsync();
        _number = ReadNumberAsync();
    }

    /// <summary>Why there is no tracer on this machine; null when there is one that may trace.</summary>
    public static string? Hindrance()
    {
        try
        {
            ProcessStartInfo start = new("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"]) { RedirectStandardError = true };
            using Process strace = Process.Start(start)!;
            string complaint = strace.StandardError.ReadToEnd();
            strace.WaitForExit();
            return strace.ExitCode == 0 ? null : $"strace may not trace here: {complaint.Trim()}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "strace is missing. Install it: apt-get install strace (5.3 or newer).";
        }
    }

    /// <summary>The first line for which this holds. Completes with an error when the process ends without it.</summary>
    public async Task<string> LineAsync(Func<string, bool> isWanted)
    {
        await _number.WaitAsync(Patience);
        using CancellationTokenSource patience = new(Patience);
        while (await _strace.StandardOutput.ReadLineAsync(patience.Token) is { } line)
        {
            if (isWanted(line))
            {
                // Nobody listens from here on, and nobody may wait for a listener.
                _rest = _strace.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                return line;
            }
        }

        throw new InvalidOperationException($"the traced process has ended: {await _complaints}");
    }

    /// <summary>Sends the signal and completes when process and tracer are gone, with what the process said to its error stream.</summary>
    public async Task<string> EndAsync(string signal)
    {
        using Process kill = Process.Start("kill", [signal, (await _number).ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        using CancellationTokenSource patience = new(Patience);
        await _strace.WaitForExitAsync(patience.Token);
        await (_rest ?? Task.CompletedTask);
        return await _complaints;
    }

    public void Dispose()
    {
        if (!_strace.HasExited)
        {
            // With its children: without its tracer the traced one would go on.
            _strace.Kill(entireProcessTree: true);
        }

        _strace.Dispose();
    }

    private async Task<int> ReadNumberAsync()
        => int.Parse((await _strace.StandardOutput.ReadLineAsync())!, CultureInfo.InvariantCulture);
}
