using Keystone.Model;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

public sealed class ExpressionCacheTests
{
    /// <summary>More short texts than there is room for: each weighs some 600 bytes.</summary>
    private const int TextsBeyondBound = ExpressionCache.BytesMax / 300;

    [Fact]
    public void An_expression_that_says_everything_by_itself_is_bound_once_and_others_for_each_request()
    {
        var cache = new ExpressionCache();
        Assert.Same(new ExpressionScope(cache).Projection("a, b.c"), new ExpressionScope(cache).Projection("a, b.c"));
        ConditionExpression condition = new ExpressionScope(cache).Condition("attribute_exists(a)");
        Assert.Same(condition, new ExpressionScope(cache).Condition("attribute_exists(a)"));
        Assert.Equal(ExpressionKind.Filter, new ExpressionScope(cache).Filter("attribute_exists(a)").Kind);

        Dictionary<string, string> one = new() { ["#n"] = "one" };
        Dictionary<string, string> two = new() { ["#n"] = "two" };
        Assert.Equal(["one"], new ExpressionScope(cache, one).Projection("#n").Attributes);
        Assert.Equal(["two"], new ExpressionScope(cache, two).Projection("#n").Attributes);
        Assert.Throws<KeystoneException>(() => new ExpressionScope(cache).Projection("#n"));
        Dictionary<string, AttributeValue> value = new() { [":v"] = 1 };
        EncodedItem item = Item.Of(("n", 1));
        Assert.True(new ExpressionScope(cache, null, value).Condition("n = :v").Holds(item));
        value = new() { [":v"] = 2 };
        Assert.False(new ExpressionScope(cache, null, value).Condition("n = :v").Holds(item));
    }

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
        for (int i = 0; i < TextsBeyondBound; i++)
        {
            cache.Condition($"a{i} = b", ExpressionKind.Condition);
            Assert.Same(used, cache.Condition("used = b", ExpressionKind.Condition));
            Assert.InRange(cache.Bytes, 1, ExpressionCache.BytesMax);
        }

        Assert.InRange(cache.Count, 1, TextsBeyondBound / 2);
    }

    [Fact]
    public void Long_texts_are_fewer_under_the_same_bound()
    {
        var cache = new ExpressionCache();
        for (int i = 0; i < 300; i++)
        {
            string text = $"first{i}," + string.Join(',', Enumerable.Range(0, 700).Select(name => $"a{name}"));
            Assert.Same(cache.Projection(text), cache.Projection(text));
            Assert.InRange(cache.Bytes, 1, ExpressionCache.BytesMax);
        }

        Assert.InRange(cache.Count, 1, ExpressionCache.BytesMax / 100_000);
    }

    [Fact]
    public void A_text_that_weighs_too_much_is_read_and_not_kept()
    {
        var cache = new ExpressionCache(new ExpressionLimits { ExpressionBytesMax = 1 << 20 });
        string text = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"a{i}"));
        Assert.Equal(10_000, cache.Projection(text).Paths.Length);
        Assert.Equal(0, cache.Count);
        Assert.Equal(0, cache.Bytes);
    }

    [Fact]
    public void The_text_that_fills_a_generation_is_kept_too()
    {
        var cache = new ExpressionCache();
        for (int i = 0; i < TextsBeyondBound; i++)
        {
            string text = $"a{i} = b";
            Assert.Same(cache.Condition(text, ExpressionKind.Condition), cache.Condition(text, ExpressionKind.Condition));
        }
    }

    [Fact]
    public void Many_threads_at_once_keep_the_bound()
    {
        var cache = new ExpressionCache();
        Parallel.For(0, 2 * TextsBeyondBound, i =>
        {
            string text = $"a{i % TextsBeyondBound} = b";
            Assert.Equal(text, cache.Condition(text, ExpressionKind.Condition).ToString());
        });
        Assert.InRange(cache.Bytes, 1, ExpressionCache.BytesMax);
    }

    [Fact]
    public void Threads_that_keep_one_text_at_once_take_its_room_once()
    {
        const int Threads = 4;
        const int Rounds = 2000;
        var alone = new ExpressionCache();
        var shared = new ExpressionCache();
        using var barrier = new Barrier(Threads);
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(() =>
        {
            for (int round = 0; round < Rounds; round++)
            {
                barrier.SignalAndWait();
                shared.Projection($"a{round}, b");
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        for (int round = 0; round < Rounds; round++)
        {
            alone.Projection($"a{round}, b");
        }

        Assert.Equal(alone.Bytes, shared.Bytes);
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
