using System.Globalization;
using Keystone.Storage;
using Keystone.Storage.Log;
using Keystone.Testing.Disk;
using Xunit;

namespace Keystone.Tests.Storage.Recovery;

/// <summary>
/// Every byte of a small store is flipped, one after another, and the store is opened and read as a whole. At or below the
/// last durable-through a flip is reported with file and offset; above it, it counts as a torn tail and the state is the one before that
/// group. The rest has no effect on any answer: the padding behind a group, of which no reader looks at a byte; what lies behind the last
/// group of a file; header, properties and footer of a table, of which the manifest has a copy (<c>VerifyAsync</c> reports those).
/// </summary>
public sealed class ByteFlipTests
{
    /// <summary>
    /// Every byte of a table is flipped in the tests of tables; here it is only seen that the engine passes on what they say.
    /// </summary>
    private const int TableStride = 13;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flipped_byte_of_the_log_is_reported_or_torn_or_never_looked_at(bool isClosed)
    {
        FlippedStore store = new(isClosed);
        List<GroupHeader> all = [.. store.FilesLike("*.log").SelectMany(store.GroupsOf)];
        ulong durableThrough = all.Max(g => g.DurableThrough);
        Assert.InRange(all.Max(g => g.Number) - durableThrough, 1UL, 1UL);
        foreach (string path in store.FilesLike("*.log"))
        {
            foreach ((long offset, GroupHeader? group) in store.BytesOf(path))
            {
                Outcome wanted = group is not { } hit ? new Outcome.Holds(store.WriteCount)
                    : hit.Number <= durableThrough ? new Outcome.Reports(path, hit.OffsetBytes)
                    : new Outcome.Holds(store.WriteCount - (hit.BodyBytes > 0 ? 1 : 0));
                Assert.Equal((path, offset, wanted), (path, offset, Flip(store, path, offset)));
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_flipped_byte_of_the_manifest_is_reported_or_torn_or_never_looked_at(bool isClosed)
    {
        FlippedStore store = new(isClosed);
        string path = store.FilesLike("*MANIFEST*").Single();
        ulong durableThrough = store.GroupsOf(path).Max(g => g.DurableThrough);
        foreach ((long offset, GroupHeader? group) in store.BytesOf(path))
        {
            // What the log still has, a torn manifest record does not take away.
            Outcome wanted = group is { } hit && hit.Number <= durableThrough
                ? new Outcome.Reports(path, hit.OffsetBytes)
                : new Outcome.Holds(store.WriteCount);
            Assert.Equal((offset, wanted), (offset, Flip(store, path, offset)));
        }
    }

    [Fact]
    public void A_claim_that_the_manifest_lost_is_missed_by_what_was_written_under_it()
    {
        FlippedStore store = new(isClosed: false, writes: 2);
        string path = store.FilesLike("*MANIFEST*").Single();
        string log = store.FilesLike("*.log").Single(p => store.GroupsOf(p).Count > 0);
        GroupHeader claim = store.GroupsOf(path)[^1];
        Assert.True(claim.Number > store.GroupsOf(path).Max(g => g.DurableThrough));
        Outcome.Reports outcome = Assert.IsType<Outcome.Reports>(Flip(store, path, claim.OffsetBytes));
        Assert.Equal(log, outcome.Path);
    }

    [Theory]
    [InlineData("*IDENTITY")]
    [InlineData("*CURRENT")]
    public void A_flipped_byte_of_the_files_that_lead_to_the_manifest_is_reported(string pattern)
    {
        FlippedStore store = new(isClosed: true);
        string path = store.FilesLike(pattern).Single();
        for (long offset = 0; offset < store.Left.ReadAll(path).Length; offset++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                Assert.Equal((offset, bit, new Outcome.Reports(path, 0)), (offset, bit, Flip(store, path, offset, bit)));
            }
        }
    }

    [Fact]
    public void A_flipped_byte_of_a_table_is_reported_by_the_read_that_meets_it_or_never_looked_at()
    {
        FlippedStore store = new(isClosed: true);
        foreach (string path in store.FilesLike("*.sst"))
        {
            for (long offset = 0; offset < store.Left.ReadAll(path).Length; offset += TableStride)
            {
                Outcome outcome = Flip(store, path, offset);
                Assert.True(
                    outcome is Outcome.Reports reports ? reports.Path == path : outcome == new Outcome.Holds(store.WriteCount),
                    string.Create(CultureInfo.InvariantCulture, $"{path} at {offset}: {outcome}"));
            }
        }
    }

    private static Outcome Flip(FlippedStore store, string path, long offset, int bit = -1)
    {
        SimulatedFileSystem disk = store.Left.Clone();
        disk.FlipBit(path, offset, bit < 0 ? (int)(offset % 8) : bit);
        try
        {
            return new Outcome.Holds(store.Open(disk));
        }
        catch (StoreException damage) when (damage.Code == StoreErrorCode.Corrupt)
        {
            string[] words = damage.Message.Split(' ', ':');
            return new Outcome.Reports(words[0], long.Parse(words[Array.IndexOf(words, "offset") + 1], CultureInfo.InvariantCulture));
        }
    }

    private abstract record Outcome
    {
        /// <summary>It opened and answers as it should after so many writes.</summary>
        public sealed record Holds(int Writes) : Outcome;

        /// <summary>It named a file and an offset.</summary>
        public sealed record Reports(string Path, long Offset) : Outcome;
    }
}
