using Keystone.Model;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Errors;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// Activates the grains of this silo's stripes when the silo has become active, so that nobody has to wait for the first call, and again
/// whenever one is found out of service: a server that is not ready gets no calls, so it must not wait for a call to become ready.
/// </summary>
internal sealed partial class StripeStarter : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>How many times longer than at first the pause becomes at most, while taking stripes fails.</summary>
    private const int PauseFactorMax = 32;

    private readonly NodeHost _host;
    private readonly IGrainFactory _grains;
    private readonly string _database;
    private readonly TimeSpan _pause;
    private readonly TimeProvider _time;
    private readonly ILogger<StripeStarter> _logger;
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;

    public StripeStarter(
        NodeHost host, IGrainFactory grains, IOptions<KeystoneSiloOptions> options, TimeProvider time, ILogger<StripeStarter> logger)
    {
        _host = host;
        _grains = grains;
        _database = options.Value.DatabaseName;
        _pause = options.Value.LookAfterStripesEvery;
        _time = time;
        _logger = logger;
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(StripeStarter), ServiceLifecycleStage.Active, StartAsync, StopAsync);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        await ServeMissingAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        LogServing(_host.ServingCount, _host.OwnedStripes.Count);
        _keeping = Task.Run(KeepServingAsync, CancellationToken.None);
    }

    private async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _keeping.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KeepServingAsync()
    {
        for (int factor = 1; !_stop.IsCancellationRequested;)
        {
            await Task.Delay(_pause * factor, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_stop.IsCancellationRequested && _host.ServingCount < _host.OwnedStripes.Count)
            {
                await ServeMissingAsync().ConfigureAwait(false);
                bool isWhole = _host.ServingCount == _host.OwnedStripes.Count;
                factor = isWhole ? 1 : Math.Min(factor * 2, PauseFactorMax);
                LogServing(_host.ServingCount, _host.OwnedStripes.Count);
            }
        }
    }

    private async Task ServeMissingAsync()
    {
        Exception?[] refused = await Task.WhenAll(_host.OwnedStripes.Where(stripe => !_host.IsServing(stripe)).Select(TryServeAsync))
            .ConfigureAwait(false);
        if (refused.FirstOrDefault(error => error is not null) is { } first)
        {
            LogRefused(first, refused.Count(error => error is not null));
        }
    }

    private async Task<Exception?> TryServeAsync(int stripe)
    {
        try
        {
            await _grains.GetGrain<IStripeGrain>(new StripeName(_database, stripe).ToString()).ServeAsync().ConfigureAwait(false);
            return null;
        }
        catch (Exception refused) when (refused is OrleansException or TimeoutException or KeystoneException or BrokenDocumentException)
        {
            return refused;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} of {Owned} stripes are in service.")]
    private partial void LogServing(int count, int owned);

    [LoggerMessage(LogLevel.Warning, "{Count} stripes could not be taken into service and will be tried again; this is the first failure.")]
    private partial void LogRefused(Exception error, int count);
}
