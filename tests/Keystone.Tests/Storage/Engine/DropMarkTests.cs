using Keystone.Storage;
using Keystone.Storage.Versions;
using Keystone.Testing.Disk;
using Keystone.Testing.Jobs;
using Xunit;

namespace Keystone.Tests.Storage.Engine;

/// <summary>Range drops that cannot be worked off, since a snapshot still looks, do not use up their number when they adjoin.</summary>
public sealed class DropMarkTests
{
    private const int Rounds = 3;
    private const int DropsOfRound = 40;

    private static readonly StripeClaim First = new(0, 1);

    private readonly SeededJobHost _host = new(seed: 1);
    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void A_front_is_dropped_piece_by_piece_more_often_than_there_may_be_marks_while_a_snapshot_sees_all_of_it()
    {
        Assert.True(Rounds * DropsOfRound > StoreLimits.DropMarksMax);
        StorageEngine engine = StorageEngine.Create("/store", EngineFixture.Options(_host) with { FileSystem = _disk });
        _host.Await(engine.ClaimAsync([First]));
        Assert.True(engine.TryServe(First));
        for (int i = 0; i < Rounds * DropsOfRound; i++)
        {
            _host.Await(engine.PutAsync(First, [(byte)i], "value"u8));
        }

        using (Snapshot snapshot = engine.TakeSnapshot())
        {
            for (int round = 0; round < Rounds; round++)
            {
                DropPieces(engine, round * DropsOfRound);
                RequireRows(engine, snapshot, from: 0);
                RequireRows(engine, snapshot: null, from: (round + 1) * DropsOfRound);
            }
        }

        _host.Await(engine.DisposeAsync());
        StorageEngine again = StorageEngine.Open("/store", EngineFixture.Options(_host) with { FileSystem = _disk });
        Assert.True(again.TryServe(First));
        RequireRows(again, snapshot: null, from: Rounds * DropsOfRound);
        Assert.Equal(ReadStatus.Found, again.Get(First, [255], new byte[8]).Status);
        _host.Await(again.DisposeAsync());
    }

    private void DropPieces(StorageEngine engine, int from)
    {
        _host.Await(engine.PutAsync(First, [255], "value"u8));
        for (int i = from; i < from + DropsOfRound; i++)
        {
            Assert.Equal(WriteStatus.Committed, _host.Await(engine.DropRangeAsync(First, [(byte)i], [(byte)(i + 1)])).Status);
        }

        _host.Await(engine.CompactAsync(stripe: 0));
    }

    private static void RequireRows(StorageEngine engine, Snapshot? snapshot, int from)
    {
        for (int i = 0; i < Rounds * DropsOfRound; i++)
        {
            ReadStatus expected = i < from ? ReadStatus.NotFound : ReadStatus.Found;
            Assert.Equal(expected, engine.Get(First, [(byte)i], new byte[8], snapshot).Status);
        }
    }
}
