using Keystone.Cluster.Tests.Hosting;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Storage.Files;
using Keystone.Testing.Disk;
using Keystone.Testing.Faults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Keystone.Cluster.Tests.Silo;

/// <summary>A silo whose disk fails opens it anew under its grains; one whose disk fails too often ends.</summary>
public sealed class ReopenedDiskTests : IAsyncLifetime
{
    private const int TimeoutMilliseconds = 120_000;
    private const int ReopensMax = 3;
    private const string Table = "things";

    private readonly TestDirectory _directory = new();
    private readonly FaultScript _script = new(seed: 1);
    private TestSilo _silo = null!;
    private TestClient _client = null!;
    private int _count;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        TestSiloPlan plan = new("alone", _directory.PathOf("disk"))
        {
            Database = TestSiloPlan.SmallDatabase with
            {
                Store = store => store with { FileSystem = new FaultyFileSystem(PosixFileSystem.Instance, _script) },
            },
        };
        _silo = await TestSilo.StartAsync(plan);
        _client = await TestClient.ConnectAsync(_silo);
        await _silo.Database.CreateTableAsync(Table, new KeySchema("id"));
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _silo.DisposeAsync();
        _directory.Dispose();
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_failed_sync_heals_by_itself_under_the_grains_and_loses_nothing_that_was_acknowledged()
    {
        await PutAsync(50, TestContext.Current.CancellationToken);
        for (ulong failures = 1; failures <= ReopensMax; failures++)
        {
            ulong before = _silo.Node.Disk.Incarnation;
            _script.Add(new Fault(FaultKind.LostSync, FileCall.Sync) { Path = "*.log" });
            await PutAsync(50, TestContext.Current.CancellationToken);
            Assert.Equal(before + 1, _silo.Node.Disk.Incarnation);
            Assert.Equal(_silo.Node.OwnedStripes.Count, _silo.Node.ServingCount);
            await RequireAllAsync();
        }

        Assert.False(_silo.Node.IsGivenUp);
    }

    [Fact(Timeout = TimeoutMilliseconds)]
    public async Task A_silo_whose_disk_fails_too_often_stops_its_host()
    {
        int exitCode = Environment.ExitCode;
        IHostApplicationLifetime application = _silo.Services.GetRequiredService<IHostApplicationLifetime>();
        for (int failures = 1; failures <= ReopensMax; failures++)
        {
            await FailAsync();
            await PutAsync(20, TestContext.Current.CancellationToken);
        }

        Assert.False(application.ApplicationStopping.IsCancellationRequested);
        await FailAsync();
        await Eventually.HoldsAsync(() => application.ApplicationStopping.IsCancellationRequested, Ended);
        Assert.True(_silo.Node.IsGivenUp);
        Assert.NotEqual(0, Environment.ExitCode);
        Environment.ExitCode = exitCode;
    }

    private async Task FailAsync()
    {
        long before = _script.Strikes;
        _script.Add(new Fault(FaultKind.Io, FileCall.Write) { Path = "*.log" });
        while (_script.Strikes == before)
        {
            await TryPutAsync();
        }
    }

    private async Task PutAsync(int count, CancellationToken ended)
    {
        for (int end = _count + count; _count < end;)
        {
            ended.ThrowIfCancellationRequested();
            _count += await TryPutAsync() ? 1 : 0;
        }
    }

    /// <summary>False when the write may, or may not, have happened and can be repeated: any other failure is one of the test.</summary>
    private async Task<bool> TryPutAsync()
    {
        try
        {
            IKeystoneDatabase database = _count % 2 == 0 ? _client.Database : _silo.Database;
            await database.PutItemAsync(
                Table, Item.Of(("id", Key(_count)), ("n", _count)), Ended);
            return true;
        }
        catch (KeystoneException failure) when (failure.Code is KeystoneErrorCode.StripeUnavailable or KeystoneErrorCode.OutcomeUnknown)
        {
            return false;
        }
    }

    private async Task RequireAllAsync()
    {
        for (int i = 0; i < _count; i++)
        {
            Assert.NotNull(await _client.Database.GetItemAsync(Table, Key(i), cancellationToken: Ended));
        }
    }

    private static string Key(int number) => $"item {number}";
}
