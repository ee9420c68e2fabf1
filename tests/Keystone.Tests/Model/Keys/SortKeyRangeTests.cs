using CsCheck;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Tests.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Keys;

/// <summary>A range holds exactly the sort keys for which its comparison is true.</summary>
public sealed class SortKeyRangeTests
{
    [Fact]
    public void Every_comparison_is_its_range()
        => Gen.Select(ModelGen.KeyValue, ModelGen.KeyValue, ModelGen.KeyValue).Sample((sort, bound, other) =>
        {
            bool comparable = sort.Kind == bound.Kind;
            int order = KeyCodecTests.CompareValues(sort, bound);
            Assert.Equal(comparable && order == 0, Holds(SortKeyRange.EqualTo(bound), sort));
            Assert.Equal(comparable && order < 0, Holds(SortKeyRange.LessThan(bound), sort));
            Assert.Equal(comparable && order <= 0, Holds(SortKeyRange.LessThanOrEqualTo(bound), sort));
            Assert.Equal(comparable && order > 0, Holds(SortKeyRange.GreaterThan(bound), sort));
            Assert.Equal(comparable && order >= 0, Holds(SortKeyRange.GreaterThanOrEqualTo(bound), sort));
            Assert.True(Holds(SortKeyRange.All, sort));
            if (bound.Kind == other.Kind && KeyCodecTests.CompareValues(bound, other) <= 0)
            {
                bool isBetween = comparable && order >= 0 && KeyCodecTests.CompareValues(sort, other) <= 0;
                Assert.Equal(isBetween, Holds(SortKeyRange.Between(bound, other), sort));
            }

            if (bound.Kind != AttributeKind.Number)
            {
                Assert.Equal(comparable && Raw(sort).StartsWith(Raw(bound)), Holds(SortKeyRange.BeginsWith(bound), sort));
            }
        });

    [Theory]
    [InlineData("4061", "4061", "4062")]
    [InlineData("4061FF", "4061FF", "4062")]
    [InlineData("40FFFF", "40FFFF", "41")]
    public void A_prefix_ends_where_the_next_one_starts(string part, string lower, string upper)
    {
        SortKeyRange range = SortKeyRange.BeginsWith(Convert.FromHexString(part)[1..]);
        Assert.Equal(lower, Convert.ToHexString(range.Lower.Span));
        Assert.Equal(upper, Convert.ToHexString(range.Upper.Span));
    }

    [Fact]
    public void An_absent_sort_key_is_in_no_range_but_all()
    {
        Assert.True(Holds(SortKeyRange.All, null));
        Assert.False(Holds(SortKeyRange.LessThan("z"), null));
        Assert.False(Holds(SortKeyRange.LessThanOrEqualTo(5), null));
    }

    [Fact]
    public void Ranges_without_sense_are_refused()
    {
        AssertRefused(() => SortKeyRange.Between("b", "a"), "greater than or equal");
        AssertRefused(() => SortKeyRange.Between("a", 1), "one type");
        AssertRefused(() => SortKeyRange.BeginsWith(1), "begins_with");
        AssertRefused(() => SortKeyRange.EqualTo(""), "empty string");
        AssertRefused(() => SortKeyCondition.EqualTo(1).ToRange(new KeySchema("p").WithSort("s")), "does not match schema type");
        AssertRefused(() => SortKeyCondition.EqualTo(1).ToRange(new KeySchema("p")), "no sort key");
        AssertRefused(() => new SortKeyCondition(SortKeyOperator.Between, 1), "wrong count of values");
        AssertRefused(() => new SortKeyCondition((SortKeyOperator)9, 1), "unknown");
    }

    [Fact]
    public void A_condition_is_the_range_of_its_comparison()
    {
        KeySchema schema = new KeySchema("p").WithSort("s", KeyType.Number);
        (SortKeyCondition Condition, SortKeyRange Range)[] pairs =
        [
            (SortKeyCondition.EqualTo(1), SortKeyRange.EqualTo(1)),
            (SortKeyCondition.LessThan(1), SortKeyRange.LessThan(1)),
            (SortKeyCondition.LessThanOrEqualTo(1), SortKeyRange.LessThanOrEqualTo(1)),
            (SortKeyCondition.GreaterThan(1), SortKeyRange.GreaterThan(1)),
            (SortKeyCondition.GreaterThanOrEqualTo(1), SortKeyRange.GreaterThanOrEqualTo(1)),
            (SortKeyCondition.Between(1, 2), SortKeyRange.Between(1, 2)),
        ];
        foreach ((SortKeyCondition condition, SortKeyRange range) in pairs)
        {
            SortKeyRange made = condition.ToRange(schema);
            Assert.Equal(Convert.ToHexString(range.Lower.Span), Convert.ToHexString(made.Lower.Span));
            Assert.Equal(Convert.ToHexString(range.Upper.Span), Convert.ToHexString(made.Upper.Span));
        }
    }

    private static bool Holds(SortKeyRange range, AttributeValue? sort)
    {
        ReadOnlySpan<byte> part = ItemKey.Of("p", sort).SortBytes.Span;
        return range.Lower.Span.SequenceCompareTo(part) <= 0 && part.SequenceCompareTo(range.Upper.Span) < 0;
    }

    private static ReadOnlySpan<byte> Raw(AttributeValue value)
        => value.Kind == AttributeKind.String ? System.Text.Encoding.UTF8.GetBytes(value.AsString()) : value.AsBinary().Span;

    private static void AssertRefused(Action make, string reason)
    {
        KeystoneException refusal = Assert.Throws<KeystoneException>(make);
        Assert.Equal(KeystoneErrorCode.ValidationFailed, refusal.Code);
        Assert.Contains(reason, refusal.Message, StringComparison.Ordinal);
    }
}
