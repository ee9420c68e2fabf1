namespace Keystone.Server;

/// <summary>
/// What both hosts of the process share: configuration from the environment, the log on the console, and no signals of their own, because
/// the server stops them in its order.
/// </summary>
internal static class Hosting
{
    /// <summary>
    /// What holds unless the environment says otherwise: <c>Logging__Console__FormatterName=json</c> makes the log machine-readable,
    /// <c>Logging__LogLevel__Orleans=Information</c> lets a part of it say more.
    /// </summary>
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Default"] = "Warning",
        ["Logging:LogLevel:Keystone"] = "Information",

        // A start that fails is told once, by the one who started.
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Critical",
        ["Logging:LogLevel:Orleans.Runtime.SiloLifecycleSubject"] = "Critical",
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "Critical",
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",

        // Orleans tells under its name of ranges that it has no use for.
        ["Logging:LogLevel:Keystone.Orleans.Silo.Nodes.NodeDoor"] = "Warning",
        ["Logging:Console:FormatterName"] = "simple",
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
    };

    /// <summary>A builder with nothing in it but that.</summary>
    public static WebApplicationBuilder NewBuilder()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(Defaults).AddEnvironmentVariables();
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole();
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, NoSignals>();
        return builder;
    }

    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
