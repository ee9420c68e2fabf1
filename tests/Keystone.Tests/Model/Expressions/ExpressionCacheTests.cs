using Keystone.Model;
using Keystone.Model.Expressions;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

public sealed class ExpressionCacheTests
{
    [Fact]
    public void A_text_is_parsed_once_and_a_filter_shares_it_with_a_condition()
    {
        var cache = new ExpressionCache();
        ConditionSyntax first = cache.Condition("a = b", ExpressionKind.Condition);
        Assert.Same(first, cache.Condition("a = b", ExpressionKind.Condition));
        Assert.Same(first, cache.Condition("a = b", ExpressionKind.Filter));
        Assert.Equal("a, b", cache.Projection("a,b").ToString());
        Assert.Equal("REMOVE a", cache.Update("remove a").ToString());
    }

    [Fact]
    public void However_many_texts_come_the_bound_holds_and_what_is_used_stays()
    {
        var cache = new ExpressionCache();
        ConditionSyntax used = cache.Condition("used = b", ExpressionKind.Condition);
        for (int i = 0; i < 5 * ExpressionCache.EntriesMax; i++)
        {
            cache.Condition($"a{i} = b", ExpressionKind.Condition);
            Assert.Same(used, cache.Condition("used = b", ExpressionKind.Condition));
        }

        Assert.InRange(cache.Count, 1, ExpressionCache.EntriesMax);
    }

    [Fact]
    public void Many_threads_at_once_keep_the_bound()
    {
        var cache = new ExpressionCache();
        Parallel.For(0, 8 * ExpressionCache.EntriesMax, i =>
        {
            string text = $"a{i % (2 * ExpressionCache.EntriesMax)} = b";
            Assert.Equal(text, cache.Condition(text, ExpressionKind.Condition).ToString());
        });
        Assert.InRange(cache.Count, 1, ExpressionCache.EntriesMax);
    }

    [Fact]
    public void What_is_refused_is_not_kept_and_names_the_parameter_each_time()
    {
        var cache = new ExpressionCache();
        Assert.Equal(
            "Invalid FilterExpression: Syntax error; token: \"<EOF>\", near: \"a\"",
            Refusal(() => cache.Condition("a", ExpressionKind.Filter)));
        Assert.Equal(
            "Invalid ConditionExpression: Syntax error; token: \"<EOF>\", near: \"a\"",
            Refusal(() => cache.Condition("a", ExpressionKind.Condition)));
        Assert.Equal(0, cache.Count);
    }

    [Fact]
    public void There_are_573_reserved_words_and_none_is_a_name_in_whatever_case()
    {
        var cache = new ExpressionCache();
        Assert.Equal(ReservedWords.Count, ReservedWords.All.Count);
        foreach (string word in ReservedWords.All)
        {
            string lower = word.ToLowerInvariant();
            Assert.Equal(
                $"Invalid ProjectionExpression: Attribute name is a reserved keyword; reserved keyword: {lower}",
                Refusal(() => cache.Projection(lower)));
            Assert.Throws<KeystoneException>(() => cache.Condition($"{word} = :v", ExpressionKind.Condition));
            Assert.Throws<KeystoneException>(() => cache.Update($"SET {word} = :v"));
        }
    }

    private static string Refusal(Func<object> read) => Assert.Throws<KeystoneException>(read).Message;
}
