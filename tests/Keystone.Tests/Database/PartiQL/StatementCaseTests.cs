using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Requests;
using Xunit;

namespace Keystone.Tests.Database.PartiQL;

/// <summary>What statements mean is written down in a file that a person can read.</summary>
public sealed class StatementCaseTests
{
    private const int CasesMin = 170;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_statements_that_are_written_down_answer_what_is_written_beside_them()
    {
        StatementCase[] cases = [.. StatementCase.All()];
        Assert.True(cases.Length >= CasesMin, $"There are {cases.Length} cases.");
        List<string> wrong = [];
        await using KeystoneDatabase shared = await StatementCase.OpenAsync();
        foreach (StatementCase statement in cases)
        {
            Assert.False(string.IsNullOrEmpty(statement.Source));
            await using KeystoneDatabase? own = statement.IsWrite ? await StatementCase.OpenAsync() : null;
            wrong.AddRange(await statement.CheckAsync(own ?? shared) is { } difference ? [difference] : []);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} cases differ:\n{string.Join('\n', wrong)}");
    }

    [Fact]
    public async Task A_select_read_one_item_at_a_time_answers_what_it_answers_at_once()
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        int pages = 0;
        foreach (StatementCase statement in StatementCase.All().Where(each => !each.IsWrite && !each.IsRefused))
        {
            ExecuteStatementRequest request = statement.Request with { Limit = 1 };
            List<string> rows = [];
            string? next = null;
            do
            {
                ExecuteStatementResult page = await database.ExecuteStatementAsync(
                    request with { NextToken = next }, Cancel);
                rows.AddRange(page.Items.Select(row => row.ToItem().ToString()));
                next = page.NextToken;
                pages++;
            }
            while (next is not null);

            ExecuteStatementResult whole = await database.ExecuteStatementAsync(statement.Request, Cancel);
            Assert.True(rows.SequenceEqual(whole.Items.Select(row => row.ToItem().ToString())), statement.Statement);
        }

        Assert.True(pages > 200, $"Only {pages} pages were read.");
    }
}
