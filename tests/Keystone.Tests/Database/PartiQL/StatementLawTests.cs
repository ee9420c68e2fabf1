using System.Diagnostics;
using System.Globalization;
using Keystone.Database;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Testing;
using Xunit;

namespace Keystone.Tests.Database.PartiQL;

/// <summary>
/// A statement answers what the expression of the same meaning answers: of all items, one by one, whatever plan the statement is read by.
/// </summary>
public sealed class StatementLawTests
{
    private const int Statements = 3000;
    private static readonly string[] Texts = ["a", "b", "c"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_statement_answers_what_the_filter_of_the_same_meaning_answers()
    {
        ulong seed = (ulong)Stopwatch.GetTimestamp();
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        await HoldAsync(seed);
    }

    private static async Task HoldAsync(ulong seed)
    {
        await using KeystoneDatabase database = await StatementCase.OpenAsync();
        Dice dice = new(seed);
        for (int i = 0; i < 120; i++)
        {
            Item item = Item.Of(("pk", Texts[dice.Below(3)]), ("sk", dice.Below(12)), ("kind", Texts[dice.Below(3)]), ("n", dice.Below(6)));
            item = dice.Below(3) == 0 ? item.Without("kind") : item;
            await database.PutItemAsync(StatementCase.Table, dice.Below(3) == 0 ? item.Without("n") : item, Cancel);
        }

        int found = 0;
        for (int i = 0; i < Statements; i++)
        {
            var pair = new Pair();
            (string where, string filter) = pair.Draw(ref dice, 3);
            bool byIndex = dice.Below(4) == 0;
            string from = byIndex ? "\"songs\".\"by-kind\"" : "songs";
            string order = dice.Below(3) == 0 ? " ORDER BY sk DESC" : "";
            ExecuteStatementRequest request = new($"SELECT * FROM {from} WHERE {where}{order}") { Limit = 1 + dice.Below(40) };
            List<Item> rows = await database.ExecuteAsync(request, Cancel).ToListAsync(Cancel);
            List<Item> expected = await database
                .ScanAsync(
                    new ScanRequest(StatementCase.Table)
                    {
                        IndexName = byIndex ? "by-kind" : null,
                        FilterExpression = filter,
                        ExpressionAttributeValues = pair.Values.Count > 0 ? pair.Values : null,
                    },
                    Cancel)
                .ToListAsync(Cancel);
            Assert.True(Sorted(rows).SequenceEqual(Sorted(expected)), $"seed {seed}, statement {i}: {where}");
            Assert.True(
                order.Length == 0 || rows.Select(row => (int)row["sk"].AsNumber()).SequenceEqual(
                    rows.Select(row => (int)row["sk"].AsNumber()).OrderDescending()),
                $"seed {seed}, statement {i}: {where}{order}");
            found += rows.Count;
        }

        Assert.True(found > Statements, $"seed {seed}: only {found} rows were found");
    }

    private static IEnumerable<string> Sorted(List<Item> rows) => rows.Select(row => row.ToString()).Order(StringComparer.Ordinal);

    /// <summary>One meaning in both languages.</summary>
    private sealed class Pair
    {
        private static readonly string[] Signs = ["=", "=", "=", "<>", "<", "<=", ">", ">="];

        public Dictionary<string, AttributeValue> Values { get; } = [];

        public (string Where, string Filter) Draw(ref Dice dice, int depth)
        {
            switch (depth == 0 ? 9 : dice.Below(10))
            {
                case 0 or 1 or 2 or 3 or 4:
                    return Join(ref dice, depth, "AND");
                case 5:
                    return Join(ref dice, depth, "OR");
                case 6:
                    (string where, string filter) = Draw(ref dice, 0);
                    return ($"NOT {where}", $"NOT {filter}");
                default:
                    return Term(ref dice);
            }
        }

        private (string Where, string Filter) Join(ref Dice dice, int depth, string sign)
        {
            (string Where, string Filter) one = Draw(ref dice, depth - 1);
            (string Where, string Filter) other = Draw(ref dice, depth - 1);
            return ($"({one.Where}) {sign} ({other.Where})", $"{Enclose(one.Filter)} {sign} {Enclose(other.Filter)}");
        }

        private static string Enclose(string filter) => $"({filter})";

        private (string Where, string Filter) Term(ref Dice dice)
        {
            bool isText = dice.Below(2) == 0;
            string name = isText ? dice.Below(2) == 0 ? "pk" : "kind" : dice.Below(2) == 0 ? "sk" : "n";
            switch (dice.Below(8))
            {
                case 0:
                    (string lower, string upper) = (Value(ref dice, isText, out string one), Value(ref dice, isText, out string other));
                    bool turned = isText ? string.CompareOrdinal(lower, upper) > 0 : int.Parse(lower, Culture) > int.Parse(upper, Culture);
                    (lower, upper, one, other) = turned ? (upper, lower, other, one) : (lower, upper, one, other);
                    return ($"{name} BETWEEN {lower} AND {upper}", $"{name} BETWEEN {one} AND {other}");
                case 1:
                    (string first, string second) = (Value(ref dice, isText, out string a), Value(ref dice, isText, out string b));
                    return ($"{name} IN [{first}, {second}]", $"{name} IN ({a}, {b})");
                case 2 when isText:
                    string prefix = Value(ref dice, isText, out string placeholder);
                    return ($"begins_with({name}, {prefix})", $"begins_with({name}, {placeholder})");
                case 3:
                    return ($"{name} IS MISSING", $"attribute_not_exists({name})");
                default:
                    string sign = Signs[dice.Below(Signs.Length)];
                    string literal = Value(ref dice, isText, out string value);
                    return dice.Below(3) == 0
                        ? ($"{literal} {sign} {name}", $"{value} {sign} {name}")
                        : ($"{name} {sign} {literal}", $"{name} {sign} {value}");
            }
        }

        private static CultureInfo Culture => CultureInfo.InvariantCulture;

        private string Value(ref Dice dice, bool isText, out string placeholder)
        {
            placeholder = $":v{Values.Count}";
            if (isText)
            {
                string text = Texts[dice.Below(3)];
                Values.Add(placeholder, text);
                return $"'{text}'";
            }

            int number = dice.Below(12);
            Values.Add(placeholder, number);
            return number.ToString(Culture);
        }
    }
}
