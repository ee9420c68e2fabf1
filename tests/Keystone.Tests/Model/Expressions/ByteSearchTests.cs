using System.Diagnostics;
using System.Text;
using CsCheck;
using Keystone.Model.Expressions;
using Keystone.Model.Items;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>What contains finds, and that no text makes it take the product of the lengths.</summary>
public sealed class ByteSearchTests
{
    /// <summary>Words of few letters repeat themselves in every way, and the parts of a text are often nearly in it.</summary>
    private static readonly Gen<byte[]> Word = Gen.OneOf(
        Gen.Byte[0, 1].Array[1, 12], Gen.Byte[0, 2].Array[1, 40], Gen.Byte[0, 1].Array[200, 400]);

    private static readonly Gen<byte[]> Repeated = Gen.Select(Word, Gen.Int[1, 200], Word, Gen.Int[0, 1500], (word, times, end, cut) =>
    {
        byte[] all = [.. Enumerable.Repeat(word, times).SelectMany(bytes => bytes), .. end];
        return all[..Math.Min(all.Length, ByteSearch.LinearBytesMin + cut)];
    });

    private readonly ExpressionCache _cache = new();

    [Fact]
    public void A_long_part_is_found_where_the_search_of_the_platform_finds_it()
        => Gen.Select(Repeated, Repeated, Repeated, Gen.Int[0, 4]).Sample(
            (before, part, after, damage) =>
            {
                byte[] planted = [.. part];
                if (damage > 0)
                {
                    planted[planted.Length * (damage - 1) / 4] ^= 1;
                }

                byte[] text = [.. before, .. planted, .. after];
                return Agree(text, part) && Agree(before, part) && Agree(after, part) && Agree([.. part, .. part, .. after], planted);
            },
            iter: 4_000);

    /// <summary>The ends of the part are everywhere in the text, so that the search of the platform compares all between them.</summary>
    [Fact]
    public void A_text_that_repeats_itself_is_searched_in_less_than_the_product_of_the_lengths()
    {
        string text = string.Concat(Enumerable.Repeat("ab", 200_000));
        string start = string.Concat(Enumerable.Repeat("ab", 97_000));
        string part = start + "cb";
        var values = new Dictionary<string, AttributeValue> { [":v"] = part, [":w"] = start };
        EncodedItem item = Item.Of(("a", text)).Encode();
        byte[] textBytes = Encoding.UTF8.GetBytes(text);
        byte[] partBytes = Encoding.UTF8.GetBytes(part);
        ConditionExpression never = new ExpressionScope(_cache, null, values).Filter("contains(a, :v)");
        Assert.True(new ExpressionScope(_cache, null, values).Filter("contains(a, :w)").Holds(item));
        bool holds = true;
        bool expected = false;
        TimeSpan quadratic = Least(1, () => expected = textBytes.AsSpan().IndexOf(partBytes) >= 0);
        TimeSpan linear = Least(5, () => holds = never.Holds(item));
        Assert.Equal(expected, holds);
        Assert.True(linear * 4 < quadratic, $"The search took {linear}, that of the platform {quadratic}.");
    }

    [Fact]
    public void The_size_of_a_text_is_its_length_in_utf_16()
        => Gen.OneOf(Gen.String, ConditionGen.From("a", "é", "€", "😀", "\0").Array[0, 200].Select(string.Concat))
            .Where(text => !text.Any(char.IsSurrogate) || text.EnumerateRunes().All(rune => rune != Rune.ReplacementChar))
            .Sample(text =>
            {
                var values = new Dictionary<string, AttributeValue> { [":n"] = text.Length };
                return new ExpressionScope(_cache, null, values).Filter("size(a) = :n").Holds(Item.Of(("a", text)).Encode());
            });

    private static bool Agree(byte[] bytes, byte[] part) => ByteSearch.Contains(bytes, part) == (bytes.AsSpan().IndexOf(part) >= 0);

    private static TimeSpan Least(int times, Action work)
        => Enumerable.Range(0, times).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            work();
            return Stopwatch.GetElapsedTime(start);
        });
}
