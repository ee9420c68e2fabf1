using System.CommandLine;
using Keystone.Samples.Cities;

// Cities of the world in KeystoneDB: a silo that keeps them on its disk, and a client outside of it that loads and asks.
// The program ends with 1 if any answer differs from the file.
var directory = new Option<DirectoryInfo?>("--directory")
{
    Description = "Where the database is kept; it must not hold one yet. Without it a temporary directory is used and removed.",
};
var siloPort = new Option<int>("--silo-port")
{
    Description = "The port on which silos speak to each other.",
    DefaultValueFactory = _ => 11_155,
};
var gatewayPort = new Option<int>("--gateway-port")
{
    Description = "The port on which clients come in.",
    DefaultValueFactory = _ => 30_155,
};
var count = new Option<int>("--count")
{
    Description = "Loads only the first cities of the file.",
    DefaultValueFactory = _ => int.MaxValue,
};

var command = new RootCommand("Keeps the cities of the world in a silo, and proves every answer against the file.")
{
    directory, siloPort, gatewayPort, count,
};
command.SetAction(async parsed =>
{
    string? kept = parsed.GetValue(directory)?.FullName;
    using var place = new DataDirectory(kept);
    var cities = CityFile.Read(Path.Combine(AppContext.BaseDirectory, "cities.jsonl.gz"), parsed.GetValue(count));

    await using CitySilo silo = await CitySilo.StartAsync(place.Path, parsed.GetValue(siloPort), parsed.GetValue(gatewayPort));
    await using CityClient client = await CityClient.ConnectAsync(parsed.GetValue(gatewayPort));
    Console.WriteLine($"A silo keeps {place.Path}.");

    int differences = await new CityTour(client.Database, cities, Console.Out).RunAsync();
    Console.WriteLine(differences == 0 ? "Every answer is what the file says." : $"{differences} answers differ from the file.");
    return differences == 0 ? 0 : 1;
});
return await command.Parse(args).InvokeAsync();
