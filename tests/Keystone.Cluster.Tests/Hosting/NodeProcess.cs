using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Keystone.Cluster.Node;

namespace Keystone.Cluster.Tests.Hosting;

/// <summary>A silo in a process of its own, which can be killed and frozen. Disposing kills it.</summary>
internal sealed class NodeProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private NodeProcess(Process process, NodePlan plan)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        Plan = plan;
    }

    public NodePlan Plan { get; }

    public bool IsRunning => !_process.HasExited;

    /// <summary>Starts a silo. Completes when it serves; fails with what it says when it does not start.</summary>
    public static async Task<NodeProcess> StartAsync(NodePlan plan, CancellationToken ended)
    {
        NodeProcess node = Launch(plan);
        try
        {
            await node.ReadyAsync(ended).ConfigureAwait(false);
        }
        catch
        {
            node.Dispose();
            throw;
        }

        return node;
    }

    /// <summary>Begins the start of a silo.</summary>
    public static NodeProcess Launch(NodePlan plan)
    {
        string file = $"{plan.DataPath}-{plan.SiloPort.ToString(CultureInfo.InvariantCulture)}.json";
        File.WriteAllText(file, JsonSerializer.Serialize(plan));
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "cluster-node"), [file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start) ?? throw new InvalidOperationException("The silo's process did not start.");
        return new NodeProcess(process, plan);
    }

    /// <summary>Completes when the silo serves. Asked for once.</summary>
    public async Task ReadyAsync(CancellationToken ended)
    {
        if (await _process.StandardOutput.ReadLineAsync(ended).ConfigureAwait(false) != "ready")
        {
            throw new NodeStartException(await _errors.ConfigureAwait(false));
        }
    }

    /// <summary>Ends the process with SIGKILL.</summary>
    public async Task KillAsync(CancellationToken ended)
    {
        _process.Kill();
        await _process.WaitForExitAsync(ended).ConfigureAwait(false);
    }

    /// <summary>Stops every thread of the process where it is.</summary>
    public async Task FreezeAsync(CancellationToken ended)
    {
        using Process signal = Process.Start("kill", ["-STOP", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await signal.WaitForExitAsync(ended).ConfigureAwait(false);
    }

    public void Dispose()
    {
        if (IsRunning)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}

/// <summary>A silo's process ended before it served; the message is what it said.</summary>
internal sealed class NodeStartException(string message) : Exception(message);
