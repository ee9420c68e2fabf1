using System.IO.Compression;
using System.Text;
using Keystone.Model.Items;

namespace Keystone.Benchmarks.Cities;

/// <summary>What the file says: every record, found by its key.</summary>
internal sealed class CityRecords
{
    private readonly Dictionary<(string Country, string Place), Item> _byKey;

    private CityRecords(List<Item> records, long bytes)
    {
        First = records[0];
        BytesMean = (int)(bytes / records.Count);
        _byKey = records.ToDictionary(KeyOf);
    }

    public Item First { get; }

    public int Count => _byKey.Count;

    /// <summary>The mean length of a record as JSON.</summary>
    public int BytesMean { get; }

    public static async Task<CityRecords> ReadAsync(string file, CancellationToken cancellationToken)
    {
        List<Item> records = [];
        long bytes = 0;
        await foreach (string line in LinesOf(file, cancellationToken).ConfigureAwait(false))
        {
            records.Add(ItemJson.Parse(line));
            bytes += Encoding.UTF8.GetByteCount(line);
        }

        return new CityRecords(records, bytes);
    }

    public static async IAsyncEnumerable<string> LinesOf(
        string file, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(file), CompressionMode.Decompress));
        while (await text.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            yield return line;
        }
    }

    /// <summary>Whether the file has just this record.</summary>
    public bool Has(Item found) => _byKey.TryGetValue(KeyOf(found), out Item? record) && record == found;

    private static (string Country, string Place) KeyOf(Item record) => (record["country"].AsString(), record["place"].AsString());
}
