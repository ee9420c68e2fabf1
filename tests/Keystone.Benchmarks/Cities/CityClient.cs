using System.Net;
using Keystone.Benchmarks.Workloads;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Orleans.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;

namespace Keystone.Benchmarks.Cities;

/// <summary>An Orleans client in this process, outside of the server's.</summary>
internal sealed class CityClient : IAsyncDisposable
{
    /// <summary>Batches that are under way at a time while importing.</summary>
    public const int InFlightMax = 64;

    private const string Table = "cities";

    /// <summary>So often a batch is sent again that the server could not take whole.</summary>
    private const int AttemptsMax = 20;

    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromMilliseconds(5);

    private readonly IHost _host;

    private CityClient(IHost host) => _host = host;

    private IKeystoneDatabase Database => _host.Services.GetRequiredService<KeystoneClient>();

    /// <summary>Connects as soon as the server takes connections.</summary>
    public static async Task<CityClient> ConnectAsync(ServerProcess server, CancellationToken cancellationToken)
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(client =>
        {
            client.UseStaticClustering(new IPEndPoint(IPAddress.Loopback, server.GatewayPort));
            // Orleans waits a second between two attempts by itself, which would be counted as the server's.
            client.Configure<ConnectionOptions>(options => options.ConnectionRetryDelay = AskAgainAfter);
            client.UseConnectionRetryFilter(async (_, stop) =>
            {
                await Task.Delay(AskAgainAfter, stop).ConfigureAwait(false);
                return server.IsRunning;
            });
            client.AddKeystoneClient();
        });
        IHost host = builder.Build();
        await host.StartAsync(cancellationToken).ConfigureAwait(false);
        return new CityClient(host);
    }

    public async Task CreateTableAsync(CancellationToken cancellationToken)
        => await Database.CreateTableAsync(Table, new KeySchema("country").WithSort("place"), cancellationToken).ConfigureAwait(false);

    /// <summary>Reads, parses and writes the file. Returns how many records were acknowledged.</summary>
    public async Task<long> ImportAsync(string file, CancellationToken cancellationToken)
    {
        long acknowledged = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = InFlightMax, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(
            CityRecords.LinesOf(file, cancellationToken).Chunk(ItemLimits.Default.BatchWriteItemsMax), options, async (lines, stop) =>
            {
                await WriteAsync([.. lines.Select(static line => BatchWrite.Put(Table, ItemJson.Parse(line)))], stop).ConfigureAwait(false);
                Interlocked.Add(ref acknowledged, lines.Length);
            }).ConfigureAwait(false);
        return acknowledged;
    }

    /// <summary>Asks until there is an answer, whatever it is.</summary>
    public async Task<Item?> GetFirstAnswerAsync(Item record, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await Database.GetItemAsync(Table, record["country"], record["place"], cancellationToken).ConfigureAwait(false);
            }
            catch (KeystoneException refusal) when (refusal.IsRetryable)
            {
                await Task.Delay(AskAgainAfter, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Reads the whole table and compares it with the file.</summary>
    public async Task RequireAllAsync(CityRecords records, CancellationToken cancellationToken)
    {
        int found = 0;
        await foreach (Item record in Database.ScanAsync(new ScanRequest(Table), cancellationToken).ConfigureAwait(false))
        {
            BenchmarkException.Require(records.Has(record), $"{record} was not written.");
            found++;
        }

        BenchmarkException.Require(found == records.Count, $"{found} of {records.Count} acknowledged records are there after the kill.");
    }

    public async ValueTask DisposeAsync()
    {
        // The server may have been killed: then there is nobody to say goodbye to.
        await _host.StopAsync().ConfigureAwait(false);
        _host.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<BatchWrite> writes, CancellationToken cancellationToken)
    {
        IReadOnlyList<BatchWrite> left = writes;
        for (int attempt = 0; left.Count > 0; attempt++)
        {
            BenchmarkException.Require(attempt < AttemptsMax, $"{left.Count} records were not taken in {AttemptsMax} attempts.");
            var request = new BatchWriteItemsRequest(left);
            left = (await Database.BatchWriteItemsAsync(request, cancellationToken).ConfigureAwait(false)).UnprocessedWrites;
        }
    }
}
