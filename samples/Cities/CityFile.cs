using System.IO.Compression;
using Keystone.Model.Items;

namespace Keystone.Samples.Cities;

/// <summary>The cities of a file of JSON lines, sorted by country and place, as the file is.</summary>
internal sealed class CityFile
{
    private CityFile(Item[] cities)
    {
        All = cities;
        Countries = [.. cities.Select(CountryOf).Distinct()];
        ByCountry = cities.ToLookup(CountryOf);
    }

    public IReadOnlyList<Item> All { get; }

    public IReadOnlyList<string> Countries { get; }

    public ILookup<string, Item> ByCountry { get; }

    public static CityFile Read(string path, int countMax)
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        List<Item> cities = [];
        while (cities.Count < countMax && text.ReadLine() is { } line)
        {
            cities.Add(ItemJson.Parse(line));
        }

        return new CityFile([.. cities]);
    }

    public static string CountryOf(Item city) => city["country"].AsString();

    public static string PlaceOf(Item city) => city["place"].AsString();
}
