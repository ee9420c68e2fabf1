using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>What becomes of the value at the end of a path.</summary>
/// <param name="Section">SET, REMOVE, ADD or DELETE.</param>
/// <param name="Value">The new value, or what is added or deleted; null for REMOVE.</param>
/// <param name="Mismatch">Makes the refusal of an old value that is of another type.</param>
internal sealed record Change(TokenKind Section, AttributeValue? Value, Func<KeystoneException> Mismatch);

/// <summary>Computes the right sides of an update from the item as it was.</summary>
internal readonly ref struct UpdateEvaluation(Binding binding, ItemReader item)
{
    private readonly Binding _binding = binding;
    private readonly ItemReader _item = item;

    public Change ChangeOf(UpdateClause clause, Func<KeystoneException> mismatch)
        => new(clause.Section, clause.Value is null ? null : Evaluate(clause.Value), mismatch);

    private AttributeValue Evaluate(OperandNode node) => node switch
    {
        ValueNode value => _binding.ValueOf(value),
        PathNode path => Find(path) ?? throw ExpressionError.OperandMissing(),
        SumNode sum => Sum(sum),
        _ => Call((CallNode)node),
    };

    private AttributeValue Call(CallNode call)
    {
        if (call.Function == ExpressionFunction.IfNotExists)
        {
            return Find((PathNode)call.Arguments[0]) ?? Evaluate(call.Arguments[1]);
        }

        AttributeValue first = Evaluate(call.Arguments[0]);
        AttributeValue second = Evaluate(call.Arguments[1]);
        return first.Kind == AttributeKind.List && second.Kind == AttributeKind.List
            ? AttributeValue.OwnedList([.. first.ListValues(), .. second.ListValues()])
            : throw ExpressionError.OperandMismatch();
    }

    private AttributeValue Sum(SumNode sum)
    {
        AttributeValue left = Evaluate(sum.Left);
        AttributeValue right = Evaluate(sum.Right);
        if (left.Kind != AttributeKind.Number || right.Kind != AttributeKind.Number)
        {
            throw ExpressionError.OperandMismatch();
        }

        return sum.Subtracts ? left.AsNumber() - right.AsNumber() : left.AsNumber() + right.AsNumber();
    }

    private AttributeValue? Find(PathNode path)
    {
        ValueReader value = PathLookup.Find(_item, path, _binding);
        return value.Exists ? value.ToValue() : null;
    }
}
