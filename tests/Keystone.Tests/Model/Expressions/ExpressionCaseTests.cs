using Keystone.Model.Expressions;
using Xunit;

namespace Keystone.Tests.Model.Expressions;

/// <summary>What DynamoDB answers is written down in files that a person can read, and we answer the same.</summary>
public sealed class ExpressionCaseTests
{
    private const int CasesMin = 600;

    public static IEnumerable<TheoryDataRow<string>> CaseFiles() => ExpressionCase.Files().Select(file => new TheoryDataRow<string>(file));

    [Theory]
    [MemberData(nameof(CaseFiles))]
    public void The_cases_of_a_file_are_answered_as_DynamoDB_answers_them(string file)
    {
        var cache = new ExpressionCache();
        string[] wrong = [.. ExpressionCase.Read(file).Select(expression => expression.Check(cache)).OfType<string>()];
        Assert.True(wrong.Length == 0, $"{wrong.Length} cases differ:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public void There_are_cases_enough_and_each_says_where_it_is_known_from()
    {
        ExpressionCase[] cases = [.. ExpressionCase.Files().SelectMany(ExpressionCase.Read)];
        Assert.True(cases.Length >= CasesMin, $"There are {cases.Length} cases.");
        Assert.DoesNotContain(cases, expression => string.IsNullOrEmpty(expression.Source));
    }

    [Fact]
    public void Every_text_that_is_read_prints_as_a_text_that_reads_as_the_same()
    {
        var cache = new ExpressionCache(new ExpressionLimits { ExpressionBytesMax = 1 << 16 });
        int printed = 0;
        foreach (ExpressionCase expression in ExpressionCase.Files().SelectMany(ExpressionCase.Read).Where(IsReadText))
        {
            string once = Print(cache, expression.Kind, expression.Expression);
            Assert.Equal(once, Print(cache, expression.Kind, once));
            printed++;
        }

        Assert.True(printed > 300, $"Only {printed} texts were printed.");
    }

    private static bool IsReadText(ExpressionCase expression) => !expression.IsRefused && expression.Expression.Length > 0;

    private static string Print(ExpressionCache cache, string kind, string text) => kind switch
    {
        "update" => cache.Update(text).ToString(),
        "projection" => cache.Projection(text).ToString(),
        _ => cache.Condition(text, ExpressionKind.Condition).ToString(),
    };
}
