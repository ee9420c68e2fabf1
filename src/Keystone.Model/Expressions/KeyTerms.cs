using Keystone.Model.Items;
using Keystone.Model.Requests;

namespace Keystone.Model.Expressions;

/// <summary>
/// A key condition as terms by attribute: each compares one attribute with values. Refuses what is a condition but none of keys, in
/// DynamoDB's order: from left to right, and of one term its operator first.
/// </summary>
internal sealed class KeyTerms
{
    private readonly Binding _binding;
    private readonly Dictionary<string, SortKeyCondition?> _terms = new(StringComparer.Ordinal);

    private KeyTerms(Binding binding) => _binding = binding;

    public static IReadOnlyDictionary<string, SortKeyCondition?> Read(Binding binding, ConditionNode root)
    {
        var terms = new KeyTerms(binding);
        terms.Read(root);
        return terms._terms;
    }

    private void Read(ConditionNode node)
    {
        switch (node)
        {
            case AndNode and:
                Array.ForEach(and.Terms, Read);
                break;
            case OrNode:
                throw InvalidOperator("OR");
            case NotNode:
                throw InvalidOperator("NOT");
            case InNode:
                throw InvalidOperator("IN");
            case ComparisonNode comparison:
                ReadComparison(comparison);
                break;
            case BetweenNode between:
                RequirePathFirst(between.Operand, "BETWEEN");
                string name = AttributeOf(between.Operand, between.Lower, between.Upper);
                Add(name, new SortKeyCondition(SortKeyOperator.Between, Value(between.Lower), Value(between.Upper)));
                break;
            default:
                ReadCall(((TestNode)node).Call);
                break;
        }
    }

    private void ReadComparison(ComparisonNode comparison)
    {
        if (comparison.Comparator == TokenKind.NotEqual)
        {
            throw InvalidOperator("<>");
        }

        string name = AttributeOf(comparison.Left, comparison.Right);
        bool isTurned = comparison.Left is ValueNode;
        AttributeValue value = Value(isTurned ? comparison.Left : comparison.Right);
        Add(name, comparison.Comparator switch
        {
            TokenKind.Equal => SortKeyCondition.EqualTo(value),
            TokenKind.Less => isTurned ? SortKeyCondition.GreaterThan(value) : SortKeyCondition.LessThan(value),
            TokenKind.LessOrEqual => isTurned ? SortKeyCondition.GreaterThanOrEqualTo(value) : SortKeyCondition.LessThanOrEqualTo(value),
            TokenKind.Greater => isTurned ? SortKeyCondition.LessThan(value) : SortKeyCondition.GreaterThan(value),
            _ => isTurned ? SortKeyCondition.LessThanOrEqualTo(value) : SortKeyCondition.GreaterThanOrEqualTo(value),
        });
    }

    private void ReadCall(CallNode call)
    {
        if (call.Function != ExpressionFunction.BeginsWith)
        {
            throw InvalidOperator(call.Name);
        }

        RequirePathFirst(call.Arguments[0], call.Name);
        Add(AttributeOf(call.Arguments), SortKeyCondition.BeginsWith(Value(call.Arguments[1])));
    }

    /// <summary>The one attribute among the operands of a term.</summary>
    private string AttributeOf(params ReadOnlySpan<OperandNode> operands)
    {
        string? name = null;
        foreach (OperandNode operand in operands)
        {
            if (operand is CallNode)
            {
                throw KeystoneException.Validation("KeyConditionExpressions cannot contain nested operations");
            }

            if (operand is not PathNode path)
            {
                continue;
            }

            if (name is not null)
            {
                throw InvalidCondition("Multiple attribute names used in one condition");
            }

            name = path.Parts.Length == 1
                ? _binding.NameOf(path.Parts[0])
                : throw KeystoneException.Validation("KeyConditionExpressions cannot have conditions on nested attributes");
        }

        return name ?? throw InvalidCondition("No key attribute specified");
    }

    private void Add(string name, SortKeyCondition term)
    {
        if (!_terms.TryAdd(name, term))
        {
            throw KeystoneException.Validation("KeyConditionExpressions must only contain one condition per key");
        }
    }

    /// <summary>Requires a value: the attribute of the term was found elsewhere.</summary>
    private AttributeValue Value(OperandNode node) => _binding.ValueOf((ValueNode)node);

    private static void RequirePathFirst(OperandNode first, string name)
    {
        if (first is not PathNode)
        {
            throw InvalidCondition($"{name} operator must have the key attribute as its first operand");
        }
    }

    private static KeystoneException InvalidOperator(string name)
        => KeystoneException.Validation($"Invalid operator used in KeyConditionExpression: {name}");

    private static KeystoneException InvalidCondition(string what)
        => KeystoneException.Validation($"Invalid condition in KeyConditionExpression: {what}");
}
