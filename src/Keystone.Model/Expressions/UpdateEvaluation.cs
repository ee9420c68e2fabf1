using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>What becomes of the value at the end of a path.</summary>
/// <param name="Section">SET, REMOVE, ADD or DELETE.</param>
/// <param name="Value">The new value, or what is added or deleted; null for REMOVE.</param>
/// <param name="Mismatch">Makes the refusal of an old value that is of another type.</param>
internal sealed record Change(TokenKind Section, AttributeValue? Value, Func<KeystoneException> Mismatch);

/// <summary>
/// Computes the right sides of an update from the item as it was. A large value that several clauses take is made once, and shared: values
/// are immutable. Requires that <see cref="UpdateSize"/> found the update small enough.
/// </summary>
internal ref struct UpdateEvaluation(Binding binding, EncodedItem item)
{
    /// <summary>Values below this length are cheaper to make again than to look up.</summary>
    private const int SharedBytesMin = 1024;

    private readonly Binding _binding = binding;
    private readonly ReadOnlySpan<byte> _bytes = item.Span;
    private readonly ItemReader _item = item.Read();

    /// <summary>The large values that were made, by where they start and end in the item.</summary>
    private Dictionary<(int Start, int Length), AttributeValue>? _made;

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
        return !value.Exists ? null : value.RawPayload.Length < SharedBytesMin ? value.ToValue() : Shared(value);
    }

    private AttributeValue Shared(ValueReader value)
    {
        Invariant.Require(_bytes.Overlaps(value.RawPayload, out int start), "a value of an item lies in its bytes");
        _made ??= [];
        (int, int) place = (start, value.RawPayload.Length);
        if (!_made.TryGetValue(place, out AttributeValue? made))
        {
            made = value.ToValue();
            _made.Add(place, made);
        }

        return made;
    }
}
