using System.Net;
using Keystone.Server.Calls;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using OpenTelemetry.Metrics;

namespace Keystone.Server.Operations;

/// <summary>
/// What those who run a server ask, over HTTP on a port of its own: <c>/health</c>, whether the process lives; <c>/ready</c>, whether it
/// takes calls; <c>/metrics</c>, what it measures, in Prometheus' format.
/// <para>
/// It is a host of its own that opens before the store and closes after it: so a long recovery looks alive and not ready, and so does a
/// server that drains. Its answers touch no store and no grain.
/// </para>
/// </summary>
internal sealed class OperationsDoor : IAsyncDisposable
{
    private const int ConnectionsMax = 64;
    private const int RequestBytesMax = 4096;
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(1);

    private readonly WebApplication _app;

    private OperationsDoor(WebApplication app) => _app = app;

    /// <summary>The address on which the door listens.</summary>
    public Uri Address => new(_app.Urls.Single());

    /// <summary>Opens the door.</summary>
    public static async Task<OperationsDoor> OpenAsync(ServerOptions options, ServerState state)
    {
        WebApplicationBuilder builder = Hosting.NewBuilder();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.MaxRequestBodySize = RequestBytesMax;
            kestrel.Listen(new IPEndPoint(options.Host, options.MetricsPort), listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(CallMeter.Name, "Keystone.*", "Microsoft.Orleans", "Microsoft.AspNetCore.Server.Kestrel")
            .AddRuntimeInstrumentation()
            .AddPrometheusExporter());

        WebApplication app = builder.Build();
        app.MapPrometheusScrapingEndpoint();
        app.MapGet("/health", static () => Results.Text("OK"));
        app.MapGet("/ready", () => state.ReasonNotReady() is { } reason
            ? Results.Text(reason, statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("OK"));
        await app.StartAsync().ConfigureAwait(false);
        return new OperationsDoor(app);
    }

    /// <summary>Closes the door.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
