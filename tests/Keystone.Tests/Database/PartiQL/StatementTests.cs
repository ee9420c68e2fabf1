using System.Diagnostics;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.PartiQL;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Testing;
using Xunit;

namespace Keystone.Tests.Database.PartiQL;

public sealed class StatementTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_of_another_statement_or_a_damaged_one_is_refused()
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        ExecuteStatementRequest request = new("SELECT sk FROM songs WHERE pk = 'acme'") { Limit = 1 };
        string token = (await database.ExecuteStatementAsync(request, Cancel)).NextToken!;
        ExecuteStatementRequest other = new("SELECT sk FROM songs WHERE pk = 'other'") { NextToken = token };
        Assert.StartsWith("NextToken does not match request", (await RefusedAsync(database, other)).Message, StringComparison.Ordinal);
        for (int i = 0; i < token.Length; i++)
        {
            string damaged = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            KeystoneException refused = await RefusedAsync(database, request with { NextToken = damaged });
            Assert.Equal(KeystoneErrorCode.ValidationFailed, refused.Code);
        }

        Assert.StartsWith(
            "Invalid NextToken", (await RefusedAsync(database, request with { NextToken = new string('A', 100_000) })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_holds_the_greatest_keys_that_there_are()
    {
        await using KeystoneDatabase database = KeystoneDatabase.CreateInMemory(DatabaseFixture.Small);
        KeyAttribute[] wide = [.. Enumerable.Range(0, 4).Select(i => new KeyAttribute($"part{i}", KeyType.String))];
        KeyAttribute[] sort = [.. Enumerable.Range(0, 4).Select(i => new KeyAttribute($"sort{i}", KeyType.String))];
        await database.CreateTableAsync(
            new CreateTableRequest(new TableDefinition(
                "wide", new KeySchema(new KeyAttribute("pk", KeyType.String), new KeyAttribute("sk", KeyType.String)))
            {
                Indexes = [IndexDefinition.Global("index", wide, sort)],
            }),
            Cancel);
        for (int i = 0; i < 3; i++)
        {
            ItemBuilder item = new ItemBuilder().Set("pk", new string('p', 2048)).Set("sk", new string('s', 1023) + i);
            foreach (KeyAttribute attribute in wide.Concat(sort))
            {
                item.Set(attribute.Name, new string('w', attribute.Name[0] == 'p' ? 400 : 200));
            }

            await database.PutItemAsync("wide", item.Build(), Cancel);
        }

        ExecuteStatementRequest request = new("SELECT sk FROM wide.\"index\"") { Limit = 1 };
        Assert.Equal(3, (await database.ExecuteAsync(request, Cancel).ToListAsync(Cancel)).Count);
    }

    [Theory]
    [InlineData("SELECT * FROM songs ORDER BY n")]
    [InlineData("SELECT title, COUNT(*) FROM songs GROUP BY title")]
    public async Task What_would_hold_more_than_it_may_is_refused_and_says_so(string statement)
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        KeystoneException refused = await RefusedAsync(database, new ExecuteStatementRequest(statement) { HeldBytesMax = 200 });
        Assert.Equal(KeystoneErrorCode.LimitExceeded, refused.Code);
        Assert.Contains("200 bytes", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_order_with_a_limit_holds_only_what_can_be_answered()
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        string filler = new('x', 1000);
        for (int i = 0; i < 3000; i++)
        {
            await database.PutItemAsync(
                StatementCase.Table, Item.Of(("pk", $"p{i % 7}"), ("sk", i), ("n", (i * 7919) % 3001), ("filler", filler)), Cancel);
        }

        ExecuteStatementRequest request = new("SELECT n FROM songs WHERE attribute_exists(filler) ORDER BY n DESC LIMIT 3")
        {
            HeldBytesMax = 1_500_000,
        };
        ExecuteStatementResult result = await database.ExecuteStatementAsync(request, Cancel);
        int[] expected = [.. Enumerable.Range(0, 3000).Select(i => (i * 7919) % 3001).OrderDescending().Take(3)];
        Assert.Equal(expected, result.Items.Select(row => (int)row.ToItem()["n"].AsNumber()));
    }

    [Fact]
    public async Task Each_statement_of_a_batch_succeeds_or_fails_by_itself()
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        BatchExecuteStatementResult reads = await database.BatchExecuteStatementAsync(
            new BatchExecuteStatementRequest(
            [
                new BatchStatement("SELECT title FROM songs WHERE pk = 'acme' AND sk = ?") { Parameters = [1] },
                new BatchStatement("SELECT title FROM songs WHERE pk = 'acme'"),
                new BatchStatement("SELECT title FROM songs WHERE pk = 'nobody' AND sk = 1"),
                new BatchStatement("SLECT"),
                new BatchStatement("SELECT title FROM songs WHERE pk = 'acme' AND sk = 1 AND attribute_exists(n)"),
            ]),
            Cancel);
        Assert.Equal("Happy Day", reads.Responses[0].Item!["title"].AsString());
        const string NoKey = "Select statements within BatchExecuteStatement must specify the primary key in the where clause.";
        Assert.Equal(NoKey, reads.Responses[1].Error!.Message);
        Assert.Equal(new BatchStatementResponse(), reads.Responses[2]);
        Assert.Equal("Statement wasn't well formed, can't be processed: Expected data manipulation", reads.Responses[3].Error!.Message);
        Assert.Equal(NoKey, reads.Responses[4].Error!.Message);

        BatchExecuteStatementResult writes = await database.BatchExecuteStatementAsync(
            new BatchExecuteStatementRequest(
            [
                new BatchStatement("INSERT INTO songs VALUE {'pk': 'acme', 'sk': 1}"),
                new BatchStatement("INSERT INTO songs VALUE {'pk': 'acme', 'sk': 9}"),
                new BatchStatement("DELETE FROM songs WHERE pk = 'acme' AND sk = 2 RETURNING ALL OLD *"),
            ]),
            Cancel);
        Assert.Equal(KeystoneErrorCode.DuplicateItem, writes.Responses[0].Error!.Code);
        Assert.Null(writes.Responses[1].Error);
        Assert.Equal("PartiQL Rocks", writes.Responses[2].Item!["title"].AsString());
        Assert.NotNull(await database.GetItemAsync(StatementCase.Table, "acme", 9, Cancel));
        Assert.Null(await database.GetItemAsync(StatementCase.Table, "acme", 2, Cancel));
    }

    [Fact]
    public async Task Statements_of_one_transaction_all_happen_or_none()
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        KeystoneException cancelled = await Assert.ThrowsAsync<KeystoneException>(async () => await TransactAsync(
            database,
            "UPDATE songs SET n = 0 WHERE pk = 'acme' AND sk = 1",
            "EXISTS(SELECT * FROM songs WHERE pk = 'acme' AND sk = 2 AND kind = 'rock')",
            "INSERT INTO songs VALUE {'pk': 'acme', 'sk': 3}",
            "DELETE FROM songs WHERE pk = 'other' AND sk = 1 AND n = 99"));
        Assert.Equal(KeystoneErrorCode.TransactionCanceled, cancelled.Code);
        Assert.Equal(
            ["None", "None", "DuplicateItem", "ConditionalCheckFailed"], cancelled.CancellationReasons.Select(reason => reason.Name));
        Assert.Equal(5, (int)(await database.GetItemAsync(StatementCase.Table, "acme", 1, Cancel))!["n"].AsNumber());

        await TransactAsync(
            database,
            "UPDATE songs SET n = 0 WHERE pk = 'acme' AND sk = 1",
            "EXISTS(SELECT * FROM songs WHERE pk = 'acme' AND sk = 2 AND kind = 'rock')",
            "INSERT INTO songs VALUE {'pk': 'acme', 'sk': 4}",
            "DELETE FROM songs WHERE pk = 'other' AND sk = 1 AND n = 100");
        ExecuteTransactionResult read = await TransactAsync(
            database,
            "SELECT n FROM songs WHERE pk = 'acme' AND sk = 1",
            "SELECT * FROM songs WHERE pk = 'acme' AND sk = 4",
            "SELECT * FROM songs WHERE pk = 'other' AND sk = 1");
        Assert.Equal([Item.Of(("n", 0)), Item.Of(("pk", "acme"), ("sk", 4)), null], read.Items);
    }

    [Theory]
    [InlineData(
        "SELECT * FROM songs WHERE pk = 'acme' AND attribute_exists(n)",
        "Validation failed in TransactStatements[0]: "
        + "Select statements within ExecuteTransaction must specify the primary key in the where clause.")]
    [InlineData(
        "EXISTS(SELECT * FROM songs WHERE pk = 'acme' AND sk = 1)",
        "Validation failed in TransactStatements[0]: EXISTS() must contain a single item read with additional condition")]
    [InlineData("DELETE FROM songs WHERE pk = 'a' AND sk = 1 RETURNING ALL OLD *",
        "Validation failed in TransactStatements[0]: RETURNING is not supported within a transaction")]
    public async Task A_statement_that_no_transaction_can_have_is_named_by_its_place(string statement, string message)
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        KeystoneException refused = await Assert.ThrowsAsync<KeystoneException>(async () => await TransactAsync(database, statement));
        Assert.Equal(message, refused.Message);
    }

    public static IEnumerable<TheoryDataRow<string>> Poison() => new[]
    {
        "SELECT * FROM songs WHERE " + new string('(', 8000),
        "SELECT * FROM songs WHERE " + string.Concat(Enumerable.Repeat("NOT ", 2000)) + "a = 1",
        "SELECT * FROM songs WHERE a = " + new string('[', 8000),
        "SELECT * FROM songs WHERE a = " + string.Concat(Enumerable.Repeat("{'a':", 1500)),
        "SELECT * FROM songs WHERE a = " + string.Concat(Enumerable.Repeat("<<", 3000)),
        "SELECT * FROM songs WHERE " + string.Join(" AND ", Enumerable.Repeat("a = 1", 800)),
        "SELECT * FROM songs WHERE " + string.Join(" OR ", Enumerable.Repeat("pk = 'a'", 500)),
        "SELECT * FROM songs WHERE a = 1" + new string('0', 200),
        "SELECT * FROM songs WHERE a = 1e999999999",
        "SELECT * FROM songs WHERE a = 123456789012345678901234567890123456789",
        "SELECT a" + string.Concat(Enumerable.Repeat(".a", 2000)) + " FROM songs",
        "SELECT a[99999999999999] FROM songs",
        "SELECT * FROM songs WHERE a = '\ud800'",
        "SELECT * FROM songs WHERE \"\u0000\" = '\u0000'",
        "SELECT * FROM \"\" WHERE a = 1",
        "SELECT \"\" FROM songs",
        new string(' ', 8193),
        "",
        "/*",
        "SELECT * FROM songs WHERE pk IN [" + string.Join(",", Enumerable.Range(0, 101).Select(i => $"'{i}'")) + "]",
        "UPDATE songs SET " + string.Join(", ", Enumerable.Repeat("a = 1", 500)) + " WHERE pk = 'a' AND sk = 1",
    }.Select(text => new TheoryDataRow<string>(text));

    [Theory]
    [MemberData(nameof(Poison))]
    public async Task A_poisoned_statement_gets_an_answer_or_a_named_error(string statement)
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        try
        {
            await database.ExecuteStatementAsync(new ExecuteStatementRequest(statement), Cancel);
        }
        catch (KeystoneException e)
        {
            Assert.Contains(e.Code, new[] { KeystoneErrorCode.ValidationFailed, KeystoneErrorCode.ResourceNotFound });
        }
    }

    [Fact]
    public void Statements_whose_words_were_changed_are_read_or_refused()
    {
        string[] words =
        [
            "SELECT", "INSERT", "UPDATE", "DELETE", "EXISTS", "EXPLAIN", "FROM", "INTO", "VALUE", "SET", "REMOVE", "WHERE", "RETURNING",
            "ALL", "OLD", "*", "(", ")", "[", "]", "{", "}", "<<", ">>", ",", ".", ":", ";", "=", "<>", "!=", "<", "<=", "+", "-", "?",
            "'a'", "\"b\"", "a", "songs", "1", "-1", "1e5", "AND", "OR", "NOT", "IN", "BETWEEN", "IS", "MISSING", "NULL", "TRUE", "COUNT",
            "SUM", "GROUP", "ORDER", "BY", "DESC", "LIMIT", "OFFSET", "AS", "size", "begins_with", "list_append", "set_add", "''",
            "\"", "'", "--x\n",
        ];
        ulong seed = (ulong)Stopwatch.GetTimestamp();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var dice = new Dice(seed);
        string[][] statements = [.. StatementCase.All().Select(each => each.Statement.Split(' '))];
        int read = 0;
        for (int i = 0; i < 200_000; i++)
        {
            List<string> drawn = [.. statements[dice.Below(statements.Length)]];
            for (int changes = dice.Below(4); changes > 0; changes--)
            {
                int place = dice.Below(drawn.Count);
                int removed = dice.Below(3);
                drawn.RemoveRange(place, Math.Min(removed, drawn.Count - place));
                drawn.InsertRange(place, Enumerable.Range(0, 1 + dice.Below(3)).Select(_ => words[dice.Below(words.Length)]));
            }

            string text = string.Join(' ', drawn);
            try
            {
                AttributeValue[] parameters = [.. Enumerable.Repeat<AttributeValue>(1, text.Count(c => c == '?'))];
                _ = StatementParser.Parse(text, parameters);
                read++;
            }
            catch (KeystoneException e)
            {
                Assert.True(e.Code == KeystoneErrorCode.ValidationFailed, $"seed {seed}: {text}");
            }
        }

        Assert.True(read > 20_000, $"Only {read} of the texts were statements.");
    }

    private static async Task<KeystoneException> RefusedAsync(IKeystoneDatabase database, ExecuteStatementRequest request)
        => await Assert.ThrowsAsync<KeystoneException>(async () => await database.ExecuteStatementAsync(request, Cancel));

    private static async Task<ExecuteTransactionResult> TransactAsync(IKeystoneDatabase database, params string[] statements)
        => await database.ExecuteTransactionAsync(
            new ExecuteTransactionRequest([.. statements.Select(text => new BatchStatement(text))]), Cancel);
}
