using Keystone.Database.Catalog;
using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Orleans.Silo;
using Keystone.Orleans.Silo.Hosting;
using Keystone.Orleans.Silo.Metrics;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Orleans.Silo.Placement;
using Keystone.Orleans.Silo.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Hosting;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds a Keystone database to a silo.</summary>
public static class KeystoneSiloExtensions
{
    /// <summary>
    /// Keeps this silo's part of a database: opens the disk with the silo, hosts the grains of its stripes, takes the calls of clients, and
    /// offers <see cref="IKeystoneDatabase"/> to whatever runs in the silo.
    /// </summary>
    public static ISiloBuilder AddKeystone(this ISiloBuilder builder, Action<KeystoneSiloOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        IServiceCollection services = builder.Services;
        services.AddOptions<KeystoneSiloOptions>().Configure(configure);
        services.AddTransient<IConfigurationValidator, KeystoneSiloOptionsValidator>();
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        AddPlacement(builder);
        services.AddSingleton<NodeHost>();
        services.AddSingleton(static provider => new KeystoneNode(provider.GetRequiredService<NodeHost>()));
        services.AddSingleton<Namesakes>();
        services.AddSingleton<NodeDoors>();
        builder.AddGrainService<NodeDoor>();
        services.AddSingleton<StripeStarter>();
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<NodeHost>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<StripeStarter>());
        services.AddSingleton<ILifecycleParticipant<ISiloLifecycle>>(static provider => provider.GetRequiredService<DiskMeter>());
        services.AddSingleton<OperationMeter>();
        services.AddSingleton<DiskMeter>();
        services.AddSingleton<StripeRouter>();
        services.AddSingleton<ICatalog, SiloCatalog>();
        services.AddSingleton<SiloDatabase>();
        services.AddSingleton<SiloMaintenance>();
        services.TryAddSingleton<IKeystoneDatabase>(static provider => provider.GetRequiredService<SiloDatabase>());
        services.TryAddSingleton<IKeystoneMaintenance>(static provider => provider.GetRequiredService<SiloMaintenance>());
        return builder;
    }

    private static void AddPlacement(ISiloBuilder builder)
    {
        builder.Services.AddSingleton(MapOf);
        builder.Services.AddSingleton<NodeAddresses>();
        builder.Services.AddSingleton<StripeOwners>();
        builder.AddPlacementDirector<StripePlacement, StripePlacementDirector>();
        builder.AddGrainDirectory(
            StripeDirectory.Name, static (provider, _) => ActivatorUtilities.CreateInstance<StripeDirectory>(provider));
    }

    private static StripeMap MapOf(IServiceProvider provider)
    {
        KeystoneSiloOptions options = provider.GetRequiredService<IOptions<KeystoneSiloOptions>>().Value;
        string silo = provider.GetRequiredService<IOptions<SiloOptions>>().Value.SiloName;
        return StripeMap.InRuns(options.Nodes.Count == 0 ? [silo] : [.. options.Nodes], options.Database.StripeCount);
    }
}
