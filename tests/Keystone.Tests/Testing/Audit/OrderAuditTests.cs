using Keystone.Storage.Versions;
using Keystone.Testing.Audit;
using Xunit;

namespace Keystone.Tests.Testing.Audit;

/// <summary>A trace in order passes; with one call taken out, failed or too late it is refused with the rule that it breaks.</summary>
public sealed class OrderAuditTests
{
    private const string Unfinished = " <unfinished ...>";

    [Fact]
    public void A_life_in_order_passes_and_is_counted()
    {
        AuditCounts counts = Audit(Life());

        Assert.Equal((2, 1, 1, 1), (counts.SyncedGroups, counts.BufferedGroups, counts.Lives, counts.Answers));
        Assert.Equal((1, 1, 2), (counts.Tables, counts.Rolls, counts.Unlinks));
    }

    [Theory]
    [InlineData("fsync", "/data>", 0, "directory's own name")]
    [InlineData("fdatasync", "000002.log", 0, "filling was not synced")]
    [InlineData("fdatasync", "000002.log", 1, "published as synced")]
    [InlineData("fdatasync", "000002.log", 2, "is answered")]
    [InlineData("fdatasync", "000002.log", 3, "goes on in another segment")]
    [InlineData("fdatasync", "MANIFEST-000001", 0, "CURRENT names manifest 1")]
    [InlineData("fdatasync", "CURRENT.tmp", 0, "before it was synced")]
    [InlineData("fdatasync", "MANIFEST-000003", 0, "CURRENT names manifest 3")]
    [InlineData("fdatasync", "000004.sst", 0, "table 4, which was not synced")]
    [InlineData("fdatasync", "000005.log", 0, "segment 5, whose filling was not synced")]
    [InlineData("fdatasync", "MANIFEST-000003", 2, "does not name the segment")]
    [InlineData("fdatasync", "MANIFEST-000003", 3, "may leave in use")]
    [InlineData("fdatasync", "000005.log", 1, "published as synced")]
    [InlineData("fsync", "/data/store>", 0, "directory was not synced since it was made")]
    [InlineData("fsync", "/data/store>", 2, "name was not synced")]
    [InlineData("fsync", "/data/store>", 4, "may leave in use")]
    [InlineData("fsync", "/data/store>", 5, "table 4, and the directory was not synced")]
    [InlineData("fsync", "/data/store>", 6, "segment 5, whose name was not synced")]
    public void A_sync_that_is_left_out_or_fails_or_comes_too_late_is_noticed(string call, string file, int place, string rule)
    {
        Refused(Life().Change(call, file, place, _ => []), rule);
        Refused(Life().Change(call, file, place, line => [line.Replace(" = 0", " = -1 EIO (Input/output error)")]), rule);
        Refused(Life().Change(call, file, place, line => [line.Replace(") = 0", Unfinished)]), rule);
    }

    [Fact]
    public void A_sync_that_began_before_the_write_had_ended_covers_nothing()
    {
        HandMadeTrace life = Life().Change("fdatasync", "000002.log", 1, _ => []);
        string sync = "fdatasync(5</data/store/000002.log>" + Unfinished;

        Refused(
            life.Change("pwrite64", "000002.log", 2, write => [sync, write, "<... fdatasync resumed>) = 0"]), "published as synced");
    }

    [Fact]
    public void A_buffered_group_is_published_only_when_its_write_has_returned()
        => Refused(
            Life().Change("pwrite64", "000002.log", 3, write => [write[..write.LastIndexOf(')')] + Unfinished]),
            "before its write has returned");

    [Fact]
    public void A_group_that_nobody_published_is_noticed()
        => Refused(Life().Change("write", "publish 2 synced", 0, _ => []), "was never published");

    [Fact]
    public void A_group_beyond_the_filling_is_noticed()
        => Refused(Life().Change("pwrite64", "000002.log", 0, line => [line.Replace(", 4096, 0) = 4096", ", 64, 0) = 64")]), "longer");

    [Fact]
    public void The_manifest_in_force_is_not_removed() => Refused(Life().Unlink("MANIFEST-000003"), "may leave in use");

    [Fact]
    public void A_table_that_a_record_not_known_to_be_durable_names_is_not_removed()
        => Refused(
            Life().MakeTable(7).Record(3, 5, HandMadeTrace.Naming((0, 7))).Unlink("000007.sst"), "may leave in use");

    [Fact]
    public void A_life_that_was_killed_owes_nothing_to_the_next()
    {
        HandMadeTrace trace = Life().Group(5, 6).Say("recover").MakeSegment(8).Group(8, 6);
        VersionEdit whole = HandMadeTrace.Naming((5, 0), (8, 0));

        AuditCounts counts = Audit(
            trace.Sync("000008.log").MakeManifest(9, whole).Unlink("MANIFEST-000003").Say("serve 6").Group(8, 7).Sync("000008.log")
                .Say("publish 7 synced"));

        Assert.Equal(2, counts.Lives);
    }

    [Fact]
    public void What_recovery_wrote_again_is_durable_before_the_manifest_names_it()
        => Refused(
            Life().Group(5, 6).Say("recover").MakeSegment(8).Group(8, 6).MakeManifest(9, HandMadeTrace.Naming((5, 0), (8, 0))),
            "what recovery wrote to it was not synced");

    /// <summary>
    /// A store is made and opened, publishes a synced group and a buffered one, flushes, goes on in another segment, and drops its table.
    /// </summary>
    private static HandMadeTrace Life()
    {
        VersionEdit drop = new();
        drop.RemovedFiles.Add((0, 0, 4));
        return new HandMadeTrace()
            .MakeDirectory().MakeManifest(1, new VersionEdit()).Say("recover")
            .MakeSegment(2).Group(2, 1, bodyBytes: 0).MakeManifest(3, HandMadeTrace.Naming((2, 0))).Unlink("MANIFEST-000001").Say("serve 1")
            .Group(2, 2).Sync("000002.log").Say("publish 2 synced")
            .Group(2, 3).Say("publish 3 buffered").Sync("000002.log").Say("answer")
            .MakeTable(4).Record(3, 2, HandMadeTrace.Naming((0, 4))).Sync("MANIFEST-000003")
            .MakeSegment(5).Record(3, 3, HandMadeTrace.Naming((5, 0))).Sync("MANIFEST-000003")
            .Group(2, 4, bodyBytes: 0).Sync("000002.log")
            .Group(5, 5).Sync("000005.log").Say("publish 5 synced")
            .Record(3, 4, drop).Sync("MANIFEST-000003").Unlink("000004.sst");
    }

    private static AuditCounts Audit(HandMadeTrace trace)
    {
        OrderAudit audit = new(HandMadeTrace.Directory, HandMadeTrace.AuditPath);
        audit.Run(new StringReader(trace.Text));
        return audit.Counts;
    }

    private static void Refused(HandMadeTrace trace, string rule)
        => Assert.Contains(rule, Assert.Throws<AuditFailure>(() => Audit(trace)).Message);
}
