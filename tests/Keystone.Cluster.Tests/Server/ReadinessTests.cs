using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Keystone.Cluster.Tests.Hosting;
using Keystone.Database.Owner;
using Keystone.Grpc.Messages;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Silo;
using Keystone.Orleans.Silo.Nodes;
using Keystone.Server;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using Xunit;

namespace Keystone.Cluster.Tests.Server;

/// <summary>
/// What <c>/ready</c> says of a server that lives and should get no calls. Every test has a server and a disk that fails and is not
/// opened anew.
/// </summary>
public sealed class ReadinessTests : IAsyncLifetime
{
    private const int TimeoutMilliseconds = 120_000;
    private const int UnreadItems = 32;
    private const int UnreadBytes = 300_000;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("keystone-server-");
    private readonly FaultScript _script = new(seed: 1);
    private KeystoneServer _server = null!;
    private GrpcChannel _channel = null!;
    private KeystoneDB.KeystoneDBClient _calls = null!;
    private HttpClient _http = null!;

    private NodeHost Node => _server.Services.GetRequiredService<NodeHost>();

    public async ValueTask InitializeAsync()
    {
        ServerOptions options = OneServer.OptionsOf(_directory) with
        {
            Database = database => database with
            {
                StripeCount = 16,
                ReopensPerHourMax = 0,
                Store = store => store with { FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, _script) },
            },
        };
        _server = await KeystoneServer.StartAsync(options, MemoryBudget.Of(512L << 20));
        _channel = GrpcChannel.ForAddress(_server.Address);
        _calls = new KeystoneDB.KeystoneDBClient(_channel);
        _http = new HttpClient { BaseAddress = _server.OperationsAddress };
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _channel.Dispose();
        await _server.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_whose_log_could_not_be_written_is_alive_and_not_ready()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await RequireReadyAsync(ended);
        _script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log" });

        await Assert.ThrowsAsync<RpcException>(() => PutAsync("refused", ended));

        await RequireNotReadyAsync("takes no writes", ended);
        Assert.Equal("OK", await _http.GetStringAsync(new Uri("/health", UriKind.Relative), ended));
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_one_of_whose_background_jobs_is_dead_takes_writes_and_is_not_ready()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        DatabaseDisk disk = Node.Disk;
        for (int i = 0; i < 3; i++)
        {
            await PutAsync("key", ended);
            await disk.FlushAsync();
        }

        await RequireReadyAsync(ended);
        _script.Add(new Fault(FaultKind.Defect, FileCall.Unlink) { Path = "*.sst" });
        await Task.WhenAll(Enumerable.Range(0, disk.StripeCount).Select(stripe => disk.TryCompactStripeAsync(stripe, ended).AsTask()));

        await RequireNotReadyAsync("unlink", ended);
        await PutAsync("key", ended);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_with_a_stripe_out_of_service_is_not_ready_until_the_stripe_is_back_which_takes_no_call()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await RequireReadyAsync(ended);

        // Out of service behind the back of its grain, so that it stays out until the grain goes.
        await Node.ReleaseAsync(3);
        await RequireNotReadyAsync("15 of 16 stripes", ended);
        IStripeGrain grain = _server.Services.GetRequiredService<IGrainFactory>()
            .GetGrain<IStripeGrain>(new StripeName(KeystoneSiloOptions.DatabaseNameDefault, 3).ToString());
        await grain.AsReference<IGrainManagementExtension>().DeactivateOnIdle(ended);

        await Eventually.AnswersAsync(() => AskAsync(ended), answer => answer == (HttpStatusCode.OK, "OK"), ended);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_server_on_its_way_down_is_not_ready_while_it_drains()
    {
        CancellationToken ended = TestContext.Current.CancellationToken;
        await Task.WhenAll(Enumerable.Range(0, UnreadItems).Select(i => PutAsync($"key {i}", ended, UnreadBytes)));
        await RequireReadyAsync(ended);

        // A call that does not end by itself: its caller leaves more unread than connections and streams hold for it.
        using AsyncServerStreamingCall<ScanResponse> call = _calls.Scan(new ScanRequest(), cancellationToken: ended);
        Assert.True(await call.ResponseStream.MoveNext(ended));
        Task stopping = _server.DisposeAsync().AsTask();

        await RequireNotReadyAsync("stopping", ended);
        await stopping.WaitAsync(ended);
    }

    private async Task RequireReadyAsync(CancellationToken ended) => Assert.Equal((HttpStatusCode.OK, "OK"), await AskAsync(ended));

    private async Task RequireNotReadyAsync(string reason, CancellationToken ended)
    {
        (HttpStatusCode status, string text) = await Eventually.AnswersAsync(
            () => AskAsync(ended), answer => answer.Status != HttpStatusCode.OK, ended);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains(reason, text);
    }

    private async Task<(HttpStatusCode Status, string Text)> AskAsync(CancellationToken ended)
    {
        using HttpResponseMessage answer = await _http.GetAsync(new Uri("/ready", UriKind.Relative), ended);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(ended));
    }

    private Task PutAsync(string key, CancellationToken ended, int bytes = 0)
    {
        var item = new Item { Attributes = { ["filling"] = new Value { BinaryValue = ByteString.CopyFrom(new byte[bytes]) } } };
        var request = new PutRequest { PartitionKey = ByteString.CopyFromUtf8(key), Item = item };
        return _calls.PutAsync(request, cancellationToken: ended).ResponseAsync;
    }
}
