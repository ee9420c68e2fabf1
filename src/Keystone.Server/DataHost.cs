using System.Net;
using Keystone.Server.Calls;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Keystone.Server;

/// <summary>
/// The host of the data: the silo with its disk, and gRPC in front of it. It starts the silo first and listens when that is active; it
/// stops in the opposite order, so that no call meets a closed store.
/// </summary>
internal static class DataHost
{
    /// <summary>Time for calls to end, grains to go and the disk to close, together: a server is gone in 10 s.</summary>
    public static readonly TimeSpan StopTime = TimeSpan.FromSeconds(8);

    /// <summary>When waiting for all of that ends, whatever has become of it.</summary>
    public static readonly TimeSpan StopTimeMax = TimeSpan.FromSeconds(9);

    /// <summary>How much of it calls under way have before they are ended.</summary>
    public static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(3);

    /// <summary>A host that has not been started.</summary>
    public static WebApplication Build(ServerOptions options, MemoryBudget budget, ServerState state)
    {
        WebApplicationBuilder builder = Hosting.NewBuilder();
        builder.Services.AddSingleton(options).AddSingleton(budget).AddSingleton(state);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<CallMeter>();
        builder.Services.AddSingleton<CallGuard>().AddSingleton<KeystoneCalls>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopTime);
        var events = new DiskEvents(state);
        AddSilo(builder, options, budget, events);
        AddGrpc(builder, options);

        WebApplication app = builder.Build();
        events.Log = app.Services.GetRequiredService<ILogger<DiskEvents>>();
        app.MapGrpcService<KeystoneCalls>();
        return app;
    }

    private static void AddSilo(WebApplicationBuilder builder, ServerOptions options, MemoryBudget budget, DiskEvents events)
        => builder.UseOrleans(silo =>
        {
            silo.UseLocalhostClustering(options.SiloPort, options.GatewayPort);
            silo.Configure<SiloOptions>(name => name.SiloName = Environment.MachineName);
            silo.AddKeystone(keystone =>
            {
                keystone.DataPath = options.DirectoryPath;
                keystone.Database = options.Database(keystone.Database with
                {
                    WriteBufferBytesMax = budget.WriteBufferBytes,
                    BlockCacheBytes = options.InMemory ? budget.InMemoryCacheBytes : budget.BlockCacheBytes,
                    InMemory = options.InMemory,
                    MemoryBytesMax = options.InMemoryBytesMax ?? budget.InMemoryBytes,
                    EncryptionKeysPath = options.EncryptKeysPath,
                    AuditDescriptor = options.AuditDescriptor,
                    OnEvent = events.Hear,
                });
            });
        });

    private static void AddGrpc(WebApplicationBuilder builder, ServerOptions options)
    {
        builder.Services.AddGrpc(grpc =>
        {
            grpc.MaxReceiveMessageSize = CallLimits.RequestBytesMax;
            grpc.Interceptors.Add<CallGuard>();
        });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = options.ConnectionsMax == 0 ? null : options.ConnectionsMax;
            kestrel.Limits.Http2.MaxStreamsPerConnection = CallLimits.StreamsPerConnectionMax;
            kestrel.Limits.Http2.KeepAlivePingDelay = CallLimits.KeepAlive;
            kestrel.Listen(new IPEndPoint(options.Host, options.Port), listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                CallMeter meter = listen.ApplicationServices.GetRequiredService<CallMeter>();
                listen.Use(next => connection => CountAsync(next, connection, meter));
            });
        });
    }

    private static async Task CountAsync(ConnectionDelegate next, ConnectionContext connection, CallMeter meter)
    {
        meter.Connections(+1);
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            meter.Connections(-1);
        }
    }
}
