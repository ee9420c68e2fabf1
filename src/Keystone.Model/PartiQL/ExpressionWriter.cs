using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Terms and operands as texts of the expression language, in which one evaluator decides for both languages. Names and values become
/// placeholders, numbered in the order in which they are met, so that statements that differ in values alone share their expressions.
/// </summary>
internal sealed class ExpressionWriter
{
    private readonly Dictionary<string, string> _placeholders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AttributeValue> _values = new(StringComparer.Ordinal);

    /// <summary>What stands for a name, or null if nothing does.</summary>
    public IReadOnlyDictionary<string, string>? Names => _names.Count > 0 ? _names : null;

    /// <summary>What stands for a value, or null if nothing does.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? Values => _values.Count > 0 ? _values : null;

    public string Condition(Term term) => term switch
    {
        AndTerm and => string.Join(" AND ", and.Terms.Select(Part)),
        OrTerm or => string.Join(" OR ", or.Terms.Select(Part)),
        NotTerm not => $"NOT {Part(not.Inner)}",
        ComparisonTerm comparison => $"{Operand(comparison.Left)} {comparison.Sign} {Operand(comparison.Right)}",
        BetweenTerm between => $"{Operand(between.Operand)} BETWEEN {Operand(between.Lower)} AND {Operand(between.Upper)}",
        InTerm membership => $"{Operand(membership.Operand)} IN ({string.Join(", ", membership.List.Select(Operand))})",
        _ => Operand(((CallTerm)term).Call),
    };

    public string Operand(Operand operand) => operand switch
    {
        PathOperand path => Path(path.Path),
        ValueOperand value => Value(value.Value),
        SumOperand sum => $"{Operand(sum.Left)} {(sum.Subtracts ? "-" : "+")} {Operand(sum.Right)}",
        _ => Call((CallOperand)operand),
    };

    public string Path(DocumentPath path)
    {
        var text = new System.Text.StringBuilder();
        foreach (DocumentPart part in path.Parts)
        {
            _ = part.Name is null
                ? text.Append('[').Append(part.Index).Append(']')
                : text.Append(text.Length > 0 ? "." : "").Append(Name(part.Name));
        }

        return text.ToString();
    }

    public string Value(AttributeValue value)
    {
        string placeholder = $":v{_values.Count}";
        _values.Add(placeholder, value);
        return placeholder;
    }

    private string Name(string name)
    {
        if (!_placeholders.TryGetValue(name, out string? placeholder))
        {
            placeholder = $"#n{_names.Count}";
            _placeholders.Add(name, placeholder);
            _names.Add(placeholder, name);
        }

        return placeholder;
    }

    private string Call(CallOperand call) => $"{call.Name}({string.Join(", ", call.Arguments.Select(Operand))})";

    /// <summary>A term within another. What joins terms stands in parentheses, and nothing else does: double ones are a fault.</summary>
    private string Part(Term term) => term is AndTerm or OrTerm ? $"({Condition(term)})" : Condition(term);
}
