using System.Net;
using System.Text.Json;
using Keystone.Cluster.Node;
using Keystone.Database;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;

// A silo in a process of its own, for tests that kill it. What it is to be stands in the file named by the only argument; it says "ready"
// when it serves, and stops as an operator would stop it when its standard input ends. A start that fails is told on the error stream.
NodePlan plan = JsonSerializer.Deserialize<NodePlan>(await File.ReadAllTextAsync(args.Single()).ConfigureAwait(false))!;
HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
builder.Logging.SetMinimumLevel(LogLevel.None);
builder.UseOrleans(silo =>
{
    var primary = new IPEndPoint(IPAddress.Loopback, plan.PrimaryPort);
    silo.UseLocalhostClustering(plan.SiloPort, plan.GatewayPort, primary, plan.ClusterId, plan.ClusterId);
    silo.Configure<SiloOptions>(options => options.SiloName = plan.Name);
    silo.AddKeystone(options =>
    {
        options.DataPath = plan.DataPath;
        options.Database = KeystoneDatabaseOptions.Default with { StripeCount = plan.StripeCount };
        foreach (string node in plan.Nodes)
        {
            options.Nodes.Add(node);
        }
    });
});
using IHost host = builder.Build();
try
{
    await host.StartAsync().ConfigureAwait(false);
}
catch (Exception refused)
{
    // The top of the process: whatever kept it from starting is for the test to look at.
    await Console.Error.WriteLineAsync(refused.Message).ConfigureAwait(false);
    return 1;
}

await Console.Out.WriteLineAsync("ready").ConfigureAwait(false);
await Console.In.ReadToEndAsync().ConfigureAwait(false);
await host.StopAsync().ConfigureAwait(false);
return 0;
