using System.Diagnostics;

namespace Keystone.Simulation.Kill;

/// <summary>A writer in a process of its own, listened to and killed.</summary>
internal sealed class KillProcess : IDisposable
{
    /// <summary>What the system reports of a process that ended by SIGKILL: 128 and the signal's number.</summary>
    private const int KilledExitCode = 128 + 9;

    /// <summary>A writer that takes longer than this for its first operations waits for something that never comes.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task _listening;
    private readonly Task<string> _complaints;
    private readonly TaskCompletionSource _opening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int[] _acknowledged = new int[KillWork.Lanes];

    public KillProcess(IEnumerable<string> arguments)
    {
        ProcessStartInfo start = new(Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
        _listening = ListenAsync();
        _complaints = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>How many operations of each lane were acknowledged. Final once the process is gone.</summary>
    public IReadOnlyList<int> Acknowledged => _acknowledged;

    public long Flushes { get; private set; }

    public long Compactions { get; private set; }

    /// <summary>Completes when the writer begins to open the store, or has ended without it.</summary>
    public Task OpeningAsync() => HearAsync(_opening.Task, "begun to open the store");

    /// <summary>Completes when every lane has written, or the writer has ended without it.</summary>
    public Task ReadyAsync() => HearAsync(_ready.Task, "written on every lane");

    /// <summary>Kills the process, and completes when it is gone and everything that it said was heard.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        await _listening;
        string complaints = await _complaints;
        KillFailure.Require(_process.ExitCode == KilledExitCode, $"the writer ended by itself with {_process.ExitCode}: {complaints}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task HearAsync(Task word, string what)
    {
        Task first = await Task.WhenAny(word, _listening, Task.Delay(Patience));
        KillFailure.Require(
            first == word || first == _listening,
            $"the writer has not {what} in {Patience.TotalSeconds:F0} s; acknowledged by lane: {string.Join(' ', _acknowledged)}");
    }

    private async Task ListenAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } text)
        {
            Hear(KillLine.Parse(text));
        }
    }

    private void Hear(KillLine line)
    {
        switch (line.Word)
        {
            case KillWord.Opening:
                _opening.TrySetResult();
                break;
            case KillWord.Ready:
                _ready.TrySetResult();
                break;
            case KillWord.Acknowledged:
                KillFailure.Require(_acknowledged[line.First] == line.Second, $"lane {line.First} acknowledged {line.Second} out of turn");
                _acknowledged[line.First]++;
                break;
            default:
                Flushes = line.First;
                Compactions = line.Second;
                break;
        }
    }
}
