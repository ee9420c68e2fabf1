using Keystone.Benchmarks.Engines;
using Keystone.Benchmarks.Workloads;
using Xunit;

namespace Keystone.Tests.Benchmarks;

public sealed class EngineCatalogTests
{
    [Fact]
    public void All_peers_stand_behind_one_word_and_none_behind_another()
    {
        Assert.Equal(["keystone", "rocksdb", "lmdb", "zonetree", "sqlite"], EngineCatalog.EnginesAgainst(["all"]));
        Assert.Equal(["keystone"], EngineCatalog.EnginesAgainst(["none"]));
    }

    [Fact]
    public void Peers_run_in_the_order_in_which_they_are_named_and_once()
    {
        Assert.Equal(["keystone", "lmdb", "rocksdb"], EngineCatalog.EnginesAgainst(["lmdb", "rocksdb", "lmdb"]));
    }

    [Theory]
    [InlineData("abacus")]
    [InlineData("keystone")]
    [InlineData("rocksdb_plain")]
    [InlineData("all", "lmdb")]
    [InlineData("lmdb", "none")]
    public void What_is_no_list_of_peers_is_refused(params string[] against)
    {
        BenchmarkException error = Assert.Throws<BenchmarkException>(() => EngineCatalog.EnginesAgainst(against));
        Assert.Contains("--against", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_engine_is_refused_by_name()
    {
        ArgumentException error = Assert.Throws<ArgumentException>(() => EngineCatalog.Open("abacus", "nowhere", valueBytes: 100));
        Assert.Contains("'abacus'", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists("nowhere"));
    }
}
