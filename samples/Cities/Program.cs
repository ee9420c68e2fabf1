using System.Net;
using Keystone.Model;
using Keystone.Samples.Cities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

// Cities of the world in KeystoneDB: a silo that keeps them on its disk, and a client outside of it that loads and asks.
//
//   Cities [DIRECTORY] [COUNT]
//
// DIRECTORY is kept and must not hold a database yet; without it a temporary one is used. COUNT loads only the first cities of the file.
// The program ends with 1 if any answer differs from the file.
string? directory = args.Length > 0 && args[0].Length > 0 ? args[0] : null;
int count = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : int.MaxValue;
string path = directory ?? Path.Combine(Directory.CreateTempSubdirectory("keystone-cities-").FullName, "db");

const int SiloPort = 11_155;
const int GatewayPort = 30_155;

HostApplicationBuilder silo = Host.CreateApplicationBuilder();
silo.Logging.SetMinimumLevel(LogLevel.Error);
silo.UseOrleans(orleans => orleans
    .UseLocalhostClustering(SiloPort, GatewayPort)
    .AddKeystone(keystone => keystone.DataPath = path));
using IHost siloHost = silo.Build();
await siloHost.StartAsync();
Console.WriteLine($"A silo keeps {path}.");

HostApplicationBuilder client = Host.CreateApplicationBuilder();
client.Logging.SetMinimumLevel(LogLevel.Error);
client.UseOrleansClient(orleans => orleans
    .UseStaticClustering(new IPEndPoint(IPAddress.Loopback, GatewayPort))
    .AddKeystoneClient());
using IHost clientHost = client.Build();
await clientHost.StartAsync();

IKeystoneDatabase database = clientHost.Services.GetRequiredService<IKeystoneDatabase>();
var cities = CityFile.Read(Path.Combine(AppContext.BaseDirectory, "cities.jsonl.gz"), count);
int differences = await new CityTour(database, cities, Console.Out).RunAsync();

await clientHost.StopAsync();
await siloHost.StopAsync();
if (directory is null)
{
    Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
}

Console.WriteLine(differences == 0 ? "Every answer is what the file says." : $"{differences} answers differ from the file.");
return differences == 0 ? 0 : 1;
