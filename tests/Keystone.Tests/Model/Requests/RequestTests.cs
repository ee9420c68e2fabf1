using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Xunit;

namespace Keystone.Tests.Model.Requests;

/// <summary>Requests refuse what can be told to be wrong without the table; versions are opaque texts that come back.</summary>
public sealed class RequestTests
{
    [Fact]
    public void A_version_comes_back_from_its_text()
        => Gen.Select(Gen.ULong, Gen.ULong).Sample((epoch, sequence) =>
        {
            var version = new ItemVersion(epoch, sequence);
            return ItemVersion.Parse(version.ToString()) == version;
        });

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("1")]
    [InlineData("1-")]
    [InlineData("-1")]
    [InlineData("01-1")]
    [InlineData("A-1")]
    [InlineData("1-2-3")]
    [InlineData(" 1-2")]
    [InlineData("1-10000000000000000")]
    public void A_text_that_is_no_version_is_refused(string text)
        => Assert.Equal(KeystoneErrorCode.ValidationFailed, Assert.Throws<KeystoneException>(() => ItemVersion.Parse(text)).Code);

    [Fact]
    public void Conditions_hold_for_what_they_say()
    {
        var version = new ItemVersion(1, 2);
        Assert.True(WriteCondition.ItemExists.HoldsFor(version));
        Assert.False(WriteCondition.ItemExists.HoldsFor(null));
        Assert.True(WriteCondition.ItemAbsent.HoldsFor(null));
        Assert.False(WriteCondition.ItemAbsent.HoldsFor(version));
        Assert.True(WriteCondition.VersionIs(version).HoldsFor(version));
        Assert.False(WriteCondition.VersionIs(version).HoldsFor(new ItemVersion(2, 2)));
        Assert.False(WriteCondition.VersionIs(default).HoldsFor(null));
    }

    [Fact]
    public void Pages_segments_and_batches_have_bounds()
    {
        var limits = ItemLimits.Default;
        AssertRefused(() => new QueryRequest("table", "p") { Limit = 0 }.Validate(), "greater than or equal to 1");
        AssertRefused(() => new ScanRequest("table") { Limit = -1 }.Validate(limits), "greater than or equal to 1");
        AssertRefused(() => new ScanRequest("table") { TotalSegments = 0 }.Validate(limits), "totalSegments");
        AssertRefused(() => new ScanRequest("table") { TotalSegments = 1_000_001 }.Validate(limits), "totalSegments");
        AssertRefused(() => new ScanRequest("table") { Segment = 4, TotalSegments = 4 }.Validate(limits), "zero-based");
        AssertRefused(() => new ScanRequest("t").Validate(limits), "at least 3 characters");
        AssertRefused(() => new ListTablesRequest { Limit = 101 }.Validate(limits), "less than or equal to 100");
        AssertRefused(() => new BatchGetItemsRequest(Keys(101)).Validate(limits), "Too many items");
        AssertRefused(() => new BatchGetItemsRequest([]).Validate(limits), "empty");
        AssertRefused(() => new BatchGetItemsRequest([.. Keys(1), .. Keys(1)]).Validate(limits), "duplicates");
        AssertRefused(() => new BatchWriteItemsRequest(Deletes(26)).Validate(limits), "Too many items");
        AssertRefused(() => new BatchWriteItemsRequest([default(BatchWrite)]).Validate(limits), "TableName");
        AssertRefused(() => new BatchWriteItemsRequest([BatchWrite.Put("table", default)]).Validate(limits), "neither a put nor a delete");
        new BatchGetItemsRequest(Keys(100)).Validate(limits);
        new BatchWriteItemsRequest([BatchWrite.Put("table", Item.Of(("a", 1))), .. Deletes(24)]).Validate(limits);
    }

    [Fact]
    public void Only_what_surely_did_nothing_and_passes_is_retryable()
    {
        KeystoneErrorCode[] retryable = [.. Enum.GetValues<KeystoneErrorCode>().Where(code => new KeystoneException(code, "").IsRetryable)];
        Assert.Equal(
            [
                KeystoneErrorCode.TransactionConflict,
                KeystoneErrorCode.Overloaded,
                KeystoneErrorCode.Throttled,
                KeystoneErrorCode.StripeUnavailable,
            ],
            retryable);
    }

    private static BatchGetKey[] Keys(int count) => [.. Enumerable.Range(0, count).Select(i => new BatchGetKey("table", ItemKey.Of(i)))];

    private static BatchWrite[] Deletes(int count)
        => [.. Enumerable.Range(0, count).Select(i => BatchWrite.Delete("table", ItemKey.Of(i)))];

    private static void AssertRefused(Action make, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(make);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
