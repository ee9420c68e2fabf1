using CsCheck;
using Keystone.Orleans.Client.Contract;
using Keystone.Orleans.Client.Errors;
using Keystone.Orleans.Silo.Placement;
using Xunit;

namespace Keystone.Cluster.Tests.Placement;

public sealed class StripeMapTests
{
    [Fact]
    public void Nodes_own_runs_of_stripes_in_their_order_and_about_as_many_each()
        => Gen.Select(Gen.Int[1, 40], Gen.Int[0, 8]).Sample((nodeCount, power) =>
        {
            int stripes = Math.Max(1 << power, nodeCount);
            string[] nodes = [.. Enumerable.Range(0, nodeCount).Select(i => $"n{i}")];
            var map = StripeMap.InRuns(nodes, stripes);
            Assert.Equal(nodes, map.Nodes);
            Assert.Equal(Enumerable.Range(0, stripes), nodes.SelectMany(map.StripesOf));
            int[] counts = [.. nodes.Select(node => map.StripesOf(node).Count)];
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        });

    [Theory]
    [InlineData]
    [InlineData("a", "a")]
    [InlineData("a", "")]
    [InlineData("a", "b", "c", "d", "e")]
    public void A_declaration_that_cannot_be_is_broken(params string[] nodes)
        => Assert.Throws<BrokenDocumentException>(() => StripeMap.InRuns(nodes, 4));

    [Fact]
    public void A_stripe_that_there_is_not_has_no_owner()
    {
        var map = StripeMap.InRuns(["a"], 4);
        Assert.Equal("a", map.OwnerOf(3));
        Assert.Throws<BrokenDocumentException>(() => map.OwnerOf(4));
        Assert.Throws<BrokenDocumentException>(() => map.OwnerOf(-1));
    }

    [Theory]
    [InlineData("default/0", "default", 0)]
    [InlineData("a/b/17", "a/b", 17)]
    public void A_stripe_is_named_by_database_and_number(string key, string database, int stripe)
    {
        Assert.True(StripeName.TryParse(key, out StripeName name));
        Assert.Equal(new StripeName(database, stripe), name);
        Assert.Equal(key, name.ToString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("/7")]
    [InlineData("a/")]
    [InlineData("a/-1")]
    [InlineData("a/ 1")]
    [InlineData("a/99999999999")]
    public void Anything_else_names_no_stripe(string? key) => Assert.False(StripeName.TryParse(key, out _));
}
