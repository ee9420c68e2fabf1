using System.Text;
using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// The expressions of one request, which share their placeholders. What enters: the names and values that placeholders stand for, and the
/// texts. What leaves: expressions that are checked in full and ready to use. What always holds: nothing is refused but as
/// <see cref="KeystoneErrorCode.ValidationFailed"/>, in DynamoDB's words.
/// <para>
/// DynamoDB's order is: the names and values themselves, then update, condition, filter, key condition and projection as far as the request
/// has them, then <see cref="RequireAllUsed"/>, then what needs the table. Not for several threads.
/// </para>
/// </summary>
public sealed class ExpressionScope
{
    private const string NamesParameter = "ExpressionAttributeNames";
    private const string ValuesParameter = "ExpressionAttributeValues";

    private readonly ExpressionCache _cache;
    private readonly IReadOnlyDictionary<string, string>? _names;
    private readonly IReadOnlyDictionary<string, AttributeValue>? _values;
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>
    /// A scope of names and values by placeholder; null means that the request has none. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/> if there are none in it, or if one is not allowed.
    /// </summary>
    public ExpressionScope(
        ExpressionCache cache,
        IReadOnlyDictionary<string, string>? names = null,
        IReadOnlyDictionary<string, AttributeValue>? values = null)
    {
        ArgumentNullException.ThrowIfNull(cache);
        _cache = cache;
        _names = names;
        _values = values;
        RequireNames();
        RequireValues();
    }

    /// <summary>The condition of a write.</summary>
    public ConditionExpression Condition(string text) => Condition(text, ExpressionKind.Condition);

    /// <summary>The filter of a query or scan.</summary>
    public ConditionExpression Filter(string text) => Condition(text, ExpressionKind.Filter);

    /// <summary>The key condition of a query.</summary>
    public KeyConditionExpression KeyCondition(string text)
    {
        // Whether it is one of keys is asked with the table, behind the other checks of the request.
        ConditionExpression condition = Condition(text, ExpressionKind.KeyCondition);
        return new KeyConditionExpression(() => KeyTerms.Read(condition.Binding, condition.Root));
    }

    /// <summary>The changes of an update.</summary>
    public UpdateExpression Update(string text)
    {
        UpdateSyntax syntax = _cache.Update(text);
        return UpdateExpression.OfExpression(Bind(syntax), syntax.Clauses, _cache.Limits);
    }

    /// <summary>The parts that a read answers.</summary>
    public ProjectionExpression Projection(string text)
    {
        ProjectionSyntax syntax = _cache.Projection(text);
        if (syntax.Plain is { } plain)
        {
            return plain;
        }

        Binding binding = Bind(syntax);
        binding.RequireAllNames(ExpressionKind.Projection);
        PathRule.Require(binding, syntax.Paths, ExpressionKind.Projection);
        ProjectionExpression made = new(binding, syntax.Paths);
        syntax.Plain = syntax.IsPlain ? made : null;
        return made;
    }

    /// <summary>
    /// Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if a name or a value was given that no expression of this scope has.
    /// </summary>
    public void RequireAllUsed()
    {
        RequireUsed(NamesParameter, _names?.Keys ?? []);
        RequireUsed(ValuesParameter, _values?.Keys ?? []);
    }

    private ConditionExpression Condition(string text, ExpressionKind kind)
    {
        ConditionSyntax syntax = _cache.Condition(text, kind);
        if (syntax.Plain is { } plain && plain.Kind == kind)
        {
            return plain;
        }

        ConditionExpression made = new(Bind(syntax), syntax.Root, kind);
        syntax.Plain = syntax.IsPlain ? made : null;
        return made;
    }

    private Binding Bind(ExpressionSyntax syntax)
    {
        string?[] names = new string?[syntax.Names.Length];
        for (int i = 0; i < names.Length; i++)
        {
            string name = syntax.Names[i];
            names[i] = name[0] == '#' ? Find(_names, name) : name;
        }

        var values = new AttributeValue?[syntax.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Find(_values, syntax.Values[i]);
        }

        return new Binding(syntax, names, values);
    }

    private T? Find<T>(IReadOnlyDictionary<string, T>? given, string placeholder)
        where T : class
    {
        if (given is null || !given.TryGetValue(placeholder, out T? found))
        {
            return null;
        }

        _used.Add(placeholder);
        return found;
    }

    private void RequireUsed(string parameter, IEnumerable<string> placeholders)
    {
        string unused = string.Join(", ", placeholders.Where(placeholder => !_used.Contains(placeholder)));
        if (unused.Length > 0)
        {
            throw KeystoneException.Validation($"Value provided in {parameter} unused in expressions: keys: {{{unused}}}");
        }
    }

    private void RequireNames()
    {
        if (_names is null)
        {
            return;
        }

        RequirePlaceholders(NamesParameter, _names, '#');
        long bytes = 0;
        foreach ((string placeholder, string name) in _names)
        {
            try
            {
                Item.RequireName(name);
            }
            catch (KeystoneException e)
            {
                throw new KeystoneException(
                    e.Code, $"{NamesParameter} contains invalid value: {e.Message} for key {placeholder}", e);
            }

            bytes += placeholder.Length + Encoding.UTF8.GetByteCount(name);
        }

        RequireSize(NamesParameter, bytes);
    }

    private void RequireValues()
    {
        if (_values is null)
        {
            return;
        }

        RequirePlaceholders(ValuesParameter, _values, ':');
        long bytes = 0;
        foreach ((string placeholder, AttributeValue value) in _values)
        {
            bytes += placeholder.Length + ItemSize.Of(value);
        }

        RequireSize(ValuesParameter, bytes);
    }

    private void RequirePlaceholders<T>(string parameter, IReadOnlyDictionary<string, T> given, char sign)
    {
        if (given.Count == 0)
        {
            throw KeystoneException.Validation($"{parameter} must not be empty");
        }

        foreach (string placeholder in given.Keys)
        {
            if (!IsPlaceholder(placeholder, sign))
            {
                throw KeystoneException.Validation($"{parameter} contains invalid key: Syntax error; key: \"{placeholder}\"");
            }

            if (placeholder.Length > _cache.Limits.PlaceholderBytesMax)
            {
                throw KeystoneException.Validation(
                    $"{parameter} contains invalid key: The expression attribute map contains a key that is too long; "
                    + $"key size: {placeholder.Length}");
            }
        }
    }

    private void RequireSize(string parameter, long bytes)
    {
        if (bytes > _cache.Limits.SubstitutionBytesMax)
        {
            throw KeystoneException.Validation($"{parameter} exceeds max size");
        }
    }

    private static bool IsPlaceholder(string text, char sign)
        => text.Length > 1 && text[0] == sign && !text.AsSpan(1).ContainsAnyExcept(PlaceholderLetters.All);
}
