using Keystone.Model;
using Keystone.Model.Maintenance;
using Keystone.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds the client of a Keystone cluster to a program.</summary>
public static class KeystoneClientExtensions
{
    /// <summary>Offers <see cref="IKeystoneDatabase"/> and <see cref="KeystoneClient"/> over this Orleans client.</summary>
    public static IClientBuilder AddKeystoneClient(this IClientBuilder builder, Action<KeystoneClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddKeystoneClient(configure);
        return builder;
    }

    /// <summary>Offers <see cref="IKeystoneDatabase"/> and <see cref="KeystoneClient"/> over these services' Orleans client.</summary>
    public static IServiceCollection AddKeystoneClient(
        this IServiceCollection services, Action<KeystoneClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<KeystoneClientOptions> options = services.AddOptions<KeystoneClientOptions>();
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.TryAddSingleton(static provider => new KeystoneClient(
            provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<IOptions<KeystoneClientOptions>>().Value));
        services.TryAddSingleton<IKeystoneDatabase>(static provider => provider.GetRequiredService<KeystoneClient>());
        services.TryAddSingleton<IKeystoneMaintenance>(static provider => provider.GetRequiredService<KeystoneClient>());
        return services;
    }
}
