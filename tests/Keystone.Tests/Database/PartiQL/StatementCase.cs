using System.Text.Json;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Model.Schema;
using Keystone.Tests.Architecture;
using Xunit;

namespace Keystone.Tests.Database.PartiQL;

/// <summary>
/// One line of <c>Cases/statements.jsonl</c>: a statement that is run on the items of <c>Cases/songs.jsonl</c>, and what comes of it, with
/// the source of that knowledge.
/// <para>
/// <c>rows</c> are the items of the answer, in their order unless <c>anyOrder</c>; <c>key</c> and <c>after</c> are an item and what it is
/// then, null for none. Or <c>error</c> is the message and <c>code</c> the code. All items are DynamoDB JSON.
/// </para>
/// </summary>
internal sealed class StatementCase(int line, JsonElement json)
{
    public const string Table = "songs";

    public string Statement => json.GetProperty("statement").GetString()!;

    public string? Source => json.GetProperty("source").GetString();

    public bool IsRefused => json.TryGetProperty("error", out _);

    public bool IsWrite => json.TryGetProperty("key", out _);

    public static IEnumerable<StatementCase> All()
        => Lines("statements.jsonl").Select((text, index) => new StatementCase(index + 1, JsonElement.Parse(text)));

    public ExecuteStatementRequest Request => new(Statement)
    {
        Parameters = json.TryGetProperty("parameters", out JsonElement parameters)
            ? [.. parameters.EnumerateArray().Select(value => ItemJson.ParseDynamoJsonValue(value.GetRawText()))]
            : [],
    };

    /// <summary>A database with the songs alone.</summary>
    public static async Task<KeystoneDatabase> OpenAsync()
    {
        KeystoneDatabase database = KeystoneDatabase.CreateInMemory(DatabaseFixture.Small);
        await database.CreateTableAsync(new CreateTableRequest(new TableDefinition(
            Table,
            new KeySchema(new KeyAttribute("pk", KeyType.String), new KeyAttribute("sk", KeyType.Number)))
        {
            Indexes =
            [
                IndexDefinition.Global("by-kind", new KeyAttribute("kind", KeyType.String), new KeyAttribute("n", KeyType.Number)),
            ],
        }));
        foreach (string song in Lines("songs.jsonl"))
        {
            await database.PutItemAsync(Table, ItemJson.ParseDynamoJson(song));
        }

        return database;
    }

    /// <summary>What is wrong with our answer; null if it is the one that is written down.</summary>
    public async Task<string?> CheckAsync(IKeystoneDatabase database)
    {
        string actual = await AnswerAsync(database);
        string expected = Expected();
        return actual == expected ? null : $"line {line}: {Statement}\n  expected {expected}\n  answered {actual}";
    }

    private async Task<string> AnswerAsync(IKeystoneDatabase database)
    {
        try
        {
            List<Item> rows = await database.ExecuteAsync(Request, TestContext.Current.CancellationToken).ToListAsync();
            string answer = Show(rows);
            return IsWrite ? $"{answer} then {await AfterAsync(database)}" : answer;
        }
        catch (KeystoneException e)
        {
            return $"{e.Code}: {e.Message}";
        }
    }

    private async Task<string> AfterAsync(IKeystoneDatabase database)
    {
        Item key = ItemJson.ParseDynamoJson(json.GetProperty("key").GetRawText());
        Item? after = await database.GetItemAsync(Table, key["pk"], key["sk"]);
        return after is null ? "nothing" : ItemJson.ToDynamoJson(after);
    }

    private string Expected()
    {
        if (IsRefused)
        {
            return $"{json.GetProperty("code").GetString()}: {json.GetProperty("error").GetString()}";
        }

        string rows = Show([.. json.GetProperty("rows").EnumerateArray().Select(row => ItemJson.ParseDynamoJson(row.GetRawText()))]);
        if (!IsWrite)
        {
            return rows;
        }

        JsonElement after = json.GetProperty("after");
        return $"{rows} then " + (after.ValueKind == JsonValueKind.Null
            ? "nothing"
            : ItemJson.ToDynamoJson(ItemJson.ParseDynamoJson(after.GetRawText())));
    }

    private string Show(List<Item> rows)
    {
        IEnumerable<string> texts = rows.Select(row => ItemJson.ToDynamoJson(row));
        return string.Join(' ', json.TryGetProperty("anyOrder", out _) ? texts.Order(StringComparer.Ordinal) : texts);
    }

    private static IEnumerable<string> Lines(string file)
        => File.ReadLines(Path.Combine(SourceTree.Root, "tests", "Keystone.Tests", "Database", "PartiQL", "Cases", file));
}
