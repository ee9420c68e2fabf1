using Keystone.Orleans.Silo;
using Keystone.Server.Operations;

namespace Keystone.Server;

/// <summary>
/// A server in this process. What enters: options. What leaves: a database that answers gRPC and Orleans clients until it is stopped.
/// <para>
/// The story: <see cref="MemoryBudget"/> bounds the heap, <see cref="PortCheck"/> looks at the ports, <see cref="OperationsDoor"/> opens,
/// <see cref="DataHost"/> opens the disk in a silo and then listens, <see cref="ServerState"/> says ready. Stopping goes the other way
/// round. What always holds: nothing is answered before the store is open, everything that was acknowledged is on the disk whatever ends
/// the process, and a stop takes less than 10 s.
/// </para>
/// </summary>
internal sealed partial class KeystoneServer : IAsyncDisposable
{
    private readonly WebApplication _data;
    private readonly OperationsDoor _operations;
    private readonly ServerState _state;
    private readonly ILogger<KeystoneServer> _log;
    private bool _isStopped;

    private KeystoneServer(WebApplication data, OperationsDoor operations, ServerState state)
    {
        _data = data;
        _operations = operations;
        _state = state;
        _log = data.Services.GetRequiredService<ILogger<KeystoneServer>>();
    }

    /// <summary>Where gRPC listens.</summary>
    public Uri Address => new(_data.Urls.Single());

    /// <summary>Where health, readiness and metrics are asked for.</summary>
    public Uri OperationsAddress => _operations.Address;

    /// <summary>The services of the silo and of gRPC.</summary>
    public IServiceProvider Services => _data.Services;

    /// <summary>Starts a server as the one of its process, says where it is, and stops it when it is told to.</summary>
    public static async Task RunAsync(ServerOptions options, TextWriter output, CancellationToken stop)
    {
        var budget = MemoryBudget.ForProcess(options.MemoryBytesMax);
        budget.BoundHeap();
        NativeHeap.KeepTogether();
        KeystoneServer? server = await StartUnlessStoppedAsync(options, budget, stop).ConfigureAwait(false);
        if (server is null)
        {
            return;
        }

        await using (server.ConfigureAwait(false))
        {
            await output.WriteLineAsync(
                $"kstone-server {ServerCommand.Version()}: {options.DirectoryPath} at {server.Address.Authority} (gRPC), "
                + $"{server.OperationsAddress.Authority} (metrics)").ConfigureAwait(false);
            await output.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            LogReady(server._log, options.DirectoryPath, server.Address.Authority, server.OperationsAddress.Authority);
            LogMemory(server._log, budget, HeapMiB());
            CancellationToken ending = server._data.Lifetime.ApplicationStopping;
            using var end = CancellationTokenSource.CreateLinkedTokenSource(stop, ending);
            await Task.Delay(Timeout.Infinite, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (server.Services.GetRequiredService<KeystoneNode>().IsGivenUp)
            {
                throw new DiskGivenUpException(
                    $"the disk of {options.DirectoryPath} failed once more than it may be opened anew within an hour. "
                    + "The log has the failures. Look at the disk, then start the server again.");
            }
        }
    }

    /// <summary>Starts a server. It takes calls when this completes.</summary>
    public static async Task<KeystoneServer> StartAsync(
        ServerOptions options, MemoryBudget budget, CancellationToken cancellationToken = default)
    {
        PortCheck.Require(options);
        var state = new ServerState();
        OperationsDoor operations = await OperationsDoor.OpenAsync(options, state).ConfigureAwait(false);
        WebApplication? data = null;
        bool isStarted = false;
        try
        {
            data = DataHost.Build(options, budget, state);
            await data.StartAsync(cancellationToken).ConfigureAwait(false);
            isStarted = true;
        }
        finally
        {
            if (!isStarted)
            {
                await CloseAsync(data, operations).ConfigureAwait(false);
            }
        }

        KeystoneNode node = data.Services.GetRequiredService<KeystoneNode>();
        state.Stripes = () => (node.ServingCount, node.OwnedCount);
        state.Hindrance = () => node.Hindrance;
        state.Enter(ServerPhase.Serving);
        return new KeystoneServer(data, operations, state);
    }

    /// <summary>Refuses new calls, lets those under way end, closes the disk. The last to answer is the operations door.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isStopped)
        {
            return;
        }

        _isStopped = true;
        LogStopping(_log);
        _state.Enter(ServerPhase.Stopping);
        _state.EndCallsAfter(DataHost.DrainTime);
        Task stop = StopAsync();
        if (await Task.WhenAny(stop, Task.Delay(DataHost.StopTimeMax)).ConfigureAwait(false) != stop)
        {
            throw new StopTimeoutException(
                $"the store did not close in {DataHost.StopTimeMax.TotalSeconds:0} s and was left as after a crash; "
                + "what was acknowledged is on the disk. The log has what went wrong before.");
        }

        await stop.ConfigureAwait(false);
    }

    private async Task StopAsync()
    {
        await _data.StopAsync().ConfigureAwait(false);
        LogStopped(_log);
        await CloseAsync(_data, _operations).ConfigureAwait(false);
        _state.Dispose();
    }

    /// <summary>What the runtime says that the heap may have, which is what counts.</summary>
    private static long HeapMiB() => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;

    private static async Task<KeystoneServer?> StartUnlessStoppedAsync(
        ServerOptions options, MemoryBudget budget, CancellationToken stop)
    {
        try
        {
            return await StartAsync(options, budget, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task CloseAsync(WebApplication? data, OperationsDoor operations)
    {
        if (data is not null)
        {
            await data.DisposeAsync().ConfigureAwait(false);
        }

        await operations.DisposeAsync().ConfigureAwait(false);
    }

    [LoggerMessage(1, LogLevel.Information, "Ready: {Directory} at {Address}, metrics at {OperationsAddress}")]
    private static partial void LogReady(ILogger log, string directory, string address, string operationsAddress);

    [LoggerMessage(2, LogLevel.Information, "Stopping")]
    private static partial void LogStopping(ILogger log);

    [LoggerMessage(3, LogLevel.Information, "Stopped")]
    private static partial void LogStopped(ILogger log);

    [LoggerMessage(4, LogLevel.Information, "The managed heap has {HeapMiB} MiB of {Budget}")]
    private static partial void LogMemory(ILogger log, MemoryBudget budget, long heapMiB);
}

/// <summary>The disk of a server failed too often, and the server has ended because of it.</summary>
internal sealed class DiskGivenUpException(string message) : Exception(message);

/// <summary>A server was told to stop and its store did not close in time. The process ends; the store is safe without a close.</summary>
internal sealed class StopTimeoutException(string message) : Exception(message);
