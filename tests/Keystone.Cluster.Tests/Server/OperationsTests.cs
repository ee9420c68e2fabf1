using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Grpc.Messages;
using Keystone.Orleans.Silo.Metrics;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

public partial class OperationsTests(OneServerProcess server) : IClassFixture<OneServerProcess>
{
    private const int TimeoutMilliseconds = 120_000;

    [Theory]
    [InlineData("/health")]
    [InlineData("/ready")]
    public async Task A_server_that_takes_calls_is_alive_and_ready(string path)
    {
        using var http = new HttpClient { BaseAddress = server.Operations };

        Assert.Equal("OK", await http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Metrics_have_every_figure_of_the_engine_and_Orleans_own_in_the_form_of_Prometheus()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await PutAsync(ended);

        Dictionary<string, string> types = Types(await ScrapeAsync(ended));

        foreach (FieldInfo name in typeof(KeystoneMetrics).GetFields(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic)
            .Where(field => field.Name != nameof(KeystoneMetrics.MeterName)))
        {
            string prefix = ((string)name.GetRawConstantValue()!).Replace('-', '_');
            Assert.Contains(types.Keys, type => type.StartsWith(prefix, StringComparison.Ordinal));
        }

        Assert.Equal("counter", types["kstone_log_written_bytes_total"]);
        Assert.Equal("gauge", types["kstone_write_buffer_size_bytes"]);
        Assert.Equal("histogram", types["kstone_operation_duration_seconds"]);
        Assert.Equal("gauge", types["orleans_catalog_activations"]);
        Assert.Equal("counter", types["orleans_catalog_activation_created_total"]);
        Assert.Equal("histogram", types["orleans_app_requests_latency_milliseconds"]);
        Assert.Equal("counter", types["orleans_messaging_sent_local_total"]);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_put_moves_the_counters_of_its_call_its_operation_and_the_log()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        string[] counters =
        [
            "kstone_rpc_requests_total{.*method=\"Put\",status=\"OK\".*}",
            "kstone_operation_duration_seconds_count{.*kind=\"put\",status=\"ok\".*}",
            "kstone_log_written_bytes_total{.*}",
            "kstone_log_syncs_total{.*}",
            "kstone_log_groups_total{.*}",
        ];
        await PutAsync(ended);
        double[] before = await Eventually.AnswersAsync(ReadAsync, values => values.All(value => value > 0), ended);

        await PutAsync(ended);

        // A scrape may answer with figures that are a second old.
        await Eventually.AnswersAsync(ReadAsync, after => after.Zip(before).All(pair => pair.First > pair.Second), ended);

        async Task<double[]> ReadAsync()
        {
            string metrics = await ScrapeAsync(ended);
            return [.. counters.Select(counter => Regex.Match(metrics, $"^{counter} ([0-9.]+)", RegexOptions.Multiline))
                .Select(match => match.Success ? double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : 0)];
        }
    }

    [Fact]
    public async Task Metrics_tell_of_the_calls_the_disk_the_silo_and_the_runtime()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await PutAsync(ended);

        string metrics = await ScrapeAsync(ended);

        Assert.Matches("kstone_rpc_requests_total\\{.*method=\"Put\",status=\"OK\".*\\} [1-9]", metrics);
        Assert.Matches("kstone_rpc_duration_seconds_bucket\\{.*method=\"Put\".*le=\"0.001\"", metrics);
        Assert.Matches("kstone_active_connections(\\{.*\\})? [1-9]", metrics);
        Assert.Matches("kstone_log_syncs_total.* [1-9]", metrics);
        Assert.Matches("kstone_stripes_serving.* 256", metrics);
        Assert.Contains("orleans_", metrics);
        Assert.Contains("dotnet_gc_", metrics);
    }

    /// <summary>The types of all metrics by name. Every line is a comment or a sample of a metric typed before it.</summary>
    private static Dictionary<string, string> Types(string metrics)
    {
        var types = new Dictionary<string, string>();
        foreach (string line in metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Type().Match(line) is { Success: true } type)
            {
                Assert.True(types.TryAdd(type.Groups["name"].Value, type.Groups["type"].Value), line);
            }
            else if (!line.StartsWith('#'))
            {
                Match sample = Sample().Match(line);
                Assert.True(sample.Success, line);
                string name = sample.Groups["name"].Value;
                Assert.True(types.ContainsKey(name) || types.ContainsKey(HistogramPart().Replace(name, "")), line);
            }
        }

        return types;
    }

    [GeneratedRegex(@"^# TYPE (?<name>[a-z_]+) (?<type>counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^(?<name>[a-z_]+)(\{([a-zA-Z_]+=""([^""\\]|\\.)*"",?)*\})? ([0-9.eE+-]+|[+-]Inf|NaN)( [0-9]+)?$")]
    private static partial Regex Sample();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex HistogramPart();

    private async Task<string> ScrapeAsync(CancellationToken ended)
    {
        using var http = new HttpClient { BaseAddress = server.Operations };
        using HttpResponseMessage answer = await http.GetAsync(new Uri("/metrics", UriKind.Relative), ended);
        Assert.StartsWith("text/plain; version=0.0.4", answer.Content.Headers.ContentType!.ToString());
        return await answer.Content.ReadAsStringAsync(ended);
    }

    private async Task PutAsync(CancellationToken ended)
    {
        var request = new PutRequest { PartitionKey = Google.Protobuf.ByteString.CopyFromUtf8("m"), Item = new Item() };
        await server.Calls.PutAsync(request, cancellationToken: ended);
    }
}
