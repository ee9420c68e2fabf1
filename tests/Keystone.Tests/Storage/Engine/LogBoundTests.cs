using Keystone.Storage;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>A log that is longer than its bound is flushed until it is not, whatever an earlier life left in it.</summary>
public sealed class LogBoundTests
{
    private const int SegmentBytes = 16 << 10;

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void Writers_go_on_when_only_the_oldest_segment_of_a_log_beyond_its_bound_is_in_files()
    {
        StorageEngine engine = StorageEngine.Create("/store", OptionsOn(_disk, segments: 64));
        _host.Await(engine.ClaimAsync([new(0, 1), new(1, 1)]));
        Serve(engine);
        Fill(engine, stripe: 0, segments: 2);
        Fill(engine, stripe: 1, segments: 6);

        // The machine dies when the tables of the first stripe are in the manifest, and the release of its segments is not.
        SimulatedFileSystem? left = null;
        int records = 0;
        _disk.OnCall = (call, path, _) =>
        {
            if (call == FileCall.Write && path.Contains("MANIFEST", StringComparison.Ordinal) && ++records == 2)
            {
                left = _disk.AfterCrash(CrashMode.DropAll, seed: 1);
            }
        };
        _host.Await(engine.FlushAsync([0]));
        _host.RunFor(TimeSpan.FromSeconds(1));
        _host.Await(engine.DisposeAsync());

        StorageEngine again = StorageEngine.Open("/store", OptionsOn(left!, segments: 4));
        Serve(again);
        Assert.Equal(WriteStatus.Committed, _host.Await(again.PutAsync(new StripeClaim(1, 1), "last"u8, "value"u8)).Status);
        _host.Await(again.DisposeAsync());
    }

    private static void Serve(StorageEngine engine)
    {
        Assert.True(engine.TryServe(new StripeClaim(0, 1)));
        Assert.True(engine.TryServe(new StripeClaim(1, 1)));
    }

    private void Fill(StorageEngine engine, int stripe, int segments)
    {
        byte[] value = new byte[1000];
        for (int i = 0; i < segments * SegmentBytes / 1000; i++)
        {
            _host.Await(engine.PutAsync(new StripeClaim(stripe, 1), BitConverter.GetBytes(i), value));
        }
    }

    private StoreOptions OptionsOn(SimulatedFileSystem disk, int segments) => EngineFixture.Options(_host) with
    {
        FileSystem = disk,
        StripeCount = 2,
        SegmentBytes = SegmentBytes,
        LogBytesMax = segments * SegmentBytes,
    };
}
