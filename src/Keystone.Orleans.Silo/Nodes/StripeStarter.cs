using Keystone.Orleans.Client.Contract;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Keystone.Orleans.Silo.Nodes;

/// <summary>
/// Activates the grains of this silo's stripes when the silo has become active, so that nobody has to wait for the first call. A grain
/// that cannot be activated now is activated by the first call for it.
/// </summary>
internal sealed partial class StripeStarter : ILifecycleParticipant<ISiloLifecycle>
{
    private readonly NodeHost _host;
    private readonly IGrainFactory _grains;
    private readonly string _database;
    private readonly ILogger<StripeStarter> _logger;

    public StripeStarter(NodeHost host, IGrainFactory grains, IOptions<KeystoneSiloOptions> options, ILogger<StripeStarter> logger)
    {
        _host = host;
        _grains = grains;
        _database = options.Value.DatabaseName;
        _logger = logger;
    }

    /// <inheritdoc/>
    public void Participate(ISiloLifecycle lifecycle)
        => lifecycle.Subscribe(nameof(StripeStarter), ServiceLifecycleStage.Active, StartAsync, static _ => Task.CompletedTask);

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<int> stripes = _host.OwnedStripes;
        Task<bool>[] serving = [.. stripes.Select(TryServeAsync)];
        bool[] served = await Task.WhenAll(serving).WaitAsync(cancellationToken).ConfigureAwait(false);
        LogServing(served.Count(taken => taken), stripes.Count);
    }

    private async Task<bool> TryServeAsync(int stripe)
    {
        try
        {
            await _grains.GetGrain<IStripeGrain>(new StripeName(_database, stripe).ToString()).ServeAsync().ConfigureAwait(false);
            return true;
        }
        catch (Exception refused) when (refused is OrleansException or TimeoutException)
        {
            LogRefused(refused, stripe);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} of {Owned} stripes are in service.")]
    private partial void LogServing(int count, int owned);

    [LoggerMessage(LogLevel.Warning, "Stripe {Stripe} could not be taken into service; the next call for it tries again.")]
    private partial void LogRefused(Exception error, int stripe);
}
