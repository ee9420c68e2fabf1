using System.Diagnostics;
using System.Globalization;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;

namespace Keystone.Samples.Cities;

/// <summary>
/// Loads the cities into a table and asks for them in every way, holding each answer against the file. It knows only
/// <see cref="IKeystoneDatabase"/>: whether that is a cluster or a directory of this process makes no difference.
/// </summary>
internal sealed class CityTour(IKeystoneDatabase database, CityFile cities, TextWriter report)
{
    private const string Table = "cities";

    /// <summary>Batches that are under way at a time while loading, and questions that are while asking.</summary>
    private const int InFlightMax = 64;

    /// <summary>So often a batch is sent again that the database could not take whole.</summary>
    private const int AttemptsMax = 20;

    /// <summary>Letters of the prefixes that are asked for.</summary>
    private const int PrefixLength = 2;

    private static readonly int BatchItems = ItemLimits.Default.BatchWriteItemsMax;

    private int _differences;

    /// <summary>Does the whole tour and returns how many answers differed.</summary>
    public async Task<int> RunAsync()
    {
        await database.CreateTableAsync(Table, new KeySchema("country").WithSort("place"));
        await TimeAsync("loaded, each on the disk before it was answered", LoadAsync);
        await TimeAsync("read country by country", ReadCountriesAsync);
        await TimeAsync("found by the beginning of their names", FindPrefixesAsync);
        await TimeAsync("read one by one", ReadEachAsync);
        return _differences;
    }

    private async Task TimeAsync(string what, Func<Task<int>> work)
    {
        long start = Stopwatch.GetTimestamp();
        int count = await work();
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        report.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{count,9:N0} cities {what}: {time.TotalSeconds:F2} s, {count / time.TotalSeconds:N0}/s"));
    }

    private async Task<int> LoadAsync()
    {
        await Parallel.ForEachAsync(
            cities.All.Chunk(BatchItems), new ParallelOptions { MaxDegreeOfParallelism = InFlightMax }, async (chunk, cancellation) =>
            {
                IReadOnlyList<BatchWrite> left = [.. chunk.Select(city => BatchWrite.Put(Table, city))];
                for (int attempt = 0; left.Count > 0; attempt++)
                {
                    left = attempt < AttemptsMax
                        ? (await database.BatchWriteItemsAsync(new BatchWriteItemsRequest(left), cancellation)).UnprocessedWrites
                        : throw new KeystoneException(
                            KeystoneErrorCode.Overloaded, $"{left.Count} cities were not taken in {AttemptsMax} attempts.");
                }
            });
        return cities.All.Count;
    }

    /// <summary>All cities of a country, for every country.</summary>
    private Task<int> ReadCountriesAsync()
        => AskAsync(cities.Countries, country => (new QueryRequest(Table, country), cities.ByCountry[country]));

    /// <summary>The cities of a country whose names begin with the same letters as its first, middle and last city.</summary>
    private Task<int> FindPrefixesAsync()
        => AskAsync(cities.Countries.SelectMany(PrefixesOf), at =>
        {
            var query = new QueryRequest(Table, at.Country) { SortKey = SortKeyCondition.BeginsWith(at.Prefix) };
            return (
                query, cities.ByCountry[at.Country].Where(city => CityFile.PlaceOf(city).StartsWith(at.Prefix, StringComparison.Ordinal)));
        });

    private IEnumerable<(string Country, string Prefix)> PrefixesOf(string country)
    {
        Item[] all = [.. cities.ByCountry[country]];
        return new[] { 0, all.Length / 2, all.Length - 1 }
            .Select(index => new StringInfo(CityFile.PlaceOf(all[index])).SubstringByTextElements(0, PrefixLength)).Distinct()
            .Select(prefix => (country, prefix));
    }

    /// <summary>Each city by its key.</summary>
    private async Task<int> ReadEachAsync()
    {
        await Parallel.ForEachAsync(
            cities.All, new ParallelOptions { MaxDegreeOfParallelism = InFlightMax }, async (city, cancellation) =>
            {
                Item? found = await database.GetItemAsync(Table, city["country"], city["place"], cancellation);
                Expect(found == city);
            });
        return cities.All.Count;
    }

    private async Task<int> AskAsync<T>(IEnumerable<T> questions, Func<T, (QueryRequest Query, IEnumerable<Item> Expected)> ask)
    {
        int count = 0;
        await Parallel.ForEachAsync(
            questions, new ParallelOptions { MaxDegreeOfParallelism = InFlightMax }, async (question, cancellation) =>
            {
                (QueryRequest query, IEnumerable<Item> expected) = ask(question);
                List<Item> found = [];
                await foreach (Item city in database.QueryAsync(query, cancellation))
                {
                    found.Add(city);
                }

                // The file is in the order of the keys, and so is the answer.
                Expect(found.SequenceEqual(expected));
                Interlocked.Add(ref count, found.Count);
            });
        return count;
    }

    private void Expect(bool isAsExpected)
    {
        if (!isAsExpected)
        {
            Interlocked.Increment(ref _differences);
        }
    }
}
