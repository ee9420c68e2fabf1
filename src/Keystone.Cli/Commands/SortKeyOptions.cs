using System.CommandLine;
using Keystone.Cli.Keys;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Cli.Commands;

/// <summary>The options of a query that say which sort keys it is about. At most one of them is given.</summary>
internal sealed class SortKeyOptions
{
    private readonly (Option<string?> Option, Func<AttributeValue, SortKeyCondition> ToCondition)[] _comparisons =
    [
        (New("--sort-key", "Only this sort key."), SortKeyCondition.EqualTo),
        (New("--begins-with", "Sort keys that begin with this."), SortKeyCondition.BeginsWith),
        (New("--below", "Sort keys below this."), SortKeyCondition.LessThan),
        (New("--at-most", "Sort keys up to this."), SortKeyCondition.LessThanOrEqualTo),
        (New("--above", "Sort keys above this."), SortKeyCondition.GreaterThan),
        (New("--at-least", "Sort keys from this on."), SortKeyCondition.GreaterThanOrEqualTo),
    ];

    private readonly Option<string[]> _between = new("--between")
    {
        HelpName = "LOW HIGH",
        Description = "Sort keys from the first to the second.",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
    };

    private SortKeyOptions()
    {
    }

    public static SortKeyOptions AddTo(Command command)
    {
        var options = new SortKeyOptions();
        foreach (Option option in options.All())
        {
            command.Options.Add(option);
        }

        command.Validators.Add(result =>
        {
            Option[] given = [.. options.All().Where(option => result.GetResult(option) is { Implicit: false })];
            if (given.Length > 1)
            {
                result.AddError($"Only one of {string.Join(", ", given.Select(option => option.Name))} can be given.");
            }
        });
        return options;
    }

    /// <summary>The condition that was asked for, or null.</summary>
    public SortKeyCondition? ConditionOf(ParseResult parsed, TableKey table, KeyForm form)
    {
        AttributeValue ValueOf(string text)
        {
            KeyAttribute sort = table.RequireSort();
            return KeyText.Parse(text, form, sort);
        }

        if (parsed.GetValue(_between) is [string low, string high])
        {
            return SortKeyCondition.Between(ValueOf(low), ValueOf(high));
        }

        foreach ((Option<string?> option, Func<AttributeValue, SortKeyCondition> toCondition) in _comparisons)
        {
            if (parsed.GetValue(option) is { } text)
            {
                return toCondition(ValueOf(text));
            }
        }

        return null;
    }

    private IEnumerable<Option> All() => _comparisons.Select(comparison => comparison.Option).Append<Option>(_between);

    private static Option<string?> New(string name, string description)
        => name == "--sort-key"
            ? new Option<string?>(name, "-s") { HelpName = "KEY", Description = description }
            : new Option<string?>(name) { HelpName = "KEY", Description = description };
}
