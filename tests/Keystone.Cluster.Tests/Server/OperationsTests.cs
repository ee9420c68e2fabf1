using Keystone.Grpc.Messages;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

public class OperationsTests(OneServer server) : IClassFixture<OneServer>
{
    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    public async Task A_server_that_takes_calls_is_alive_and_ready(string path)
    {
        using var http = new HttpClient { BaseAddress = server.Operations };

        Assert.Equal("OK", await http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Metrics_tell_of_the_calls_the_disk_the_silo_and_the_runtime()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        using var http = new HttpClient { BaseAddress = server.Operations };
        await server.Calls.PutAsync(
            new PutRequest { PartitionKey = Google.Protobuf.ByteString.CopyFromUtf8("m"), Item = new Item() }, cancellationToken: ended);

        string metrics = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative), ended);

        Assert.Matches("kstone_rpc_requests_total\\{.*method=\"Put\",status=\"OK\".*\\} [1-9]", metrics);
        Assert.Matches("kstone_rpc_duration_seconds_bucket\\{.*method=\"Put\".*le=\"0.001\"", metrics);
        Assert.Matches("kstone_active_connections(\\{.*\\})? [1-9]", metrics);
        Assert.Matches("keystone_log_syncs_total.* [1-9]", metrics);
        Assert.Matches("keystone_stripes_serving.* 256", metrics);
        Assert.Contains("orleans_", metrics);
        Assert.Contains("dotnet_gc_", metrics);
    }
}
