using System.Diagnostics;

namespace Keystone.Simulation.Fuzz;

/// <summary>A process of its own that runs inputs, so that one which kills it is only a finding.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private const int ComplaintCharactersMax = 6000;

    private readonly Process _process;
    private readonly Task<string> _complaints;
    private readonly Stopwatch _sinceMove = Stopwatch.StartNew();
    private long _moves = -1;

    public WorkerProcess(string program, string statePath, IEnumerable<string> arguments)
    {
        State = WorkerState.Create(statePath);
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        ProcessStartInfo start = new(isHosted ? Environment.ProcessPath! : Path.Combine(program, "Keystone.Simulation"))
        {
            RedirectStandardError = true,
        };
        string[] all = [FuzzSuite.WorkerVerb, statePath, .. arguments];
        foreach (string argument in isHosted ? [Path.Combine(program, "Keystone.Simulation.dll"), .. all] : all)
        {
            start.ArgumentList.Add(argument);
        }

        // Each worker has one thread that does something.
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        _process = Process.Start(start)!;
        _complaints = _process.StandardError.ReadToEndAsync();
    }

    public WorkerState State { get; }

    public bool HasEnded => _process.HasExited;

    public bool HasFailed => _process.HasExited && _process.ExitCode != 0;

    /// <summary>Whether no input came to its end for so long.</summary>
    public bool StandsStill(TimeSpan longest)
    {
        long moves = State.Moves;
        if (moves != _moves)
        {
            _moves = moves;
            _sinceMove.Restart();
        }

        return !_process.HasExited && _sinceMove.Elapsed > longest;
    }

    /// <summary>How it ended, and what it said.</summary>
    public string End()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
            return "it did not come to an end";
        }

        string complaint = _complaints.Result;
        return $"exit code {_process.ExitCode}: {complaint[..Math.Min(complaint.Length, ComplaintCharactersMax)]}";
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        State.Dispose();
    }
}
