using Keystone.Benchmarks.Workloads;
using Keystone.Model;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Benchmarks.Cluster;

/// <summary>The single operations that are measured, each beside its echo.</summary>
internal static class ClusterOperations
{
    public static FlightOperation Get(IKeystoneDatabase database) => async number =>
    {
        var request = new GetItemRequest(KeystoneDefaults.TableName, ClusterData.Keys[number % ClusterData.Items]);
        GetItemResult found = await database.GetItemAsync(request).ConfigureAwait(false);
        BenchmarkException.Require(found.Item is not null, "An item that was put is not there.");
    };

    public static FlightOperation Put(IKeystoneDatabase database) => async number =>
    {
        var request = new PutItemRequest(KeystoneDefaults.TableName, ClusterData.Encoded[number % ClusterData.Items]);
        await database.PutItemAsync(request).ConfigureAwait(false);
    };

    public static FlightOperation EchoGet(Func<GetCall, ValueTask<ItemAnswer>> echo) => async number =>
        await echo(new GetCall
        {
            Table = KeystoneDefaults.TableName,
            Key = new Blob(ClusterData.Keys[number % ClusterData.Items].Bytes),
            ConsistentRead = true,
        }).ConfigureAwait(false);

    public static FlightOperation EchoPut(Func<PutCall, ValueTask<WriteAnswer>> echo) => async number =>
        await echo(new PutCall
        {
            Table = KeystoneDefaults.TableName,
            Item = new Blob(ClusterData.Encoded[number % ClusterData.Items].Bytes),
        }).ConfigureAwait(false);

    /// <summary>Writes every item once.</summary>
    public static async Task FillAsync(IKeystoneDatabase database)
    {
        for (int from = 0; from < ClusterData.Items; from += ClusterData.StripeCount)
        {
            int count = Math.Min(ClusterData.StripeCount, ClusterData.Items - from);
            FlightOperation put = Put(database);
            await Task.WhenAll(Enumerable.Range(from, count).Select(number => put(number).AsTask())).ConfigureAwait(false);
        }
    }
}
