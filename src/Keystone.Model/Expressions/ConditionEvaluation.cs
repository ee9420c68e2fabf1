using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// One condition over one encoded item, in place: nothing is materialised, nothing allocated. Operands are values as they stand in the item
/// or, of the request, as they would stand there.
/// <para>
/// A missing value, or two of different types, makes every comparison false but <c>&lt;&gt;</c>, which is true. Recursion is as deep as
/// the syntax, which the parser bounds.
/// </para>
/// </summary>
internal readonly ref struct ConditionEvaluation(Binding binding, ItemReader item)
{
    /// <summary>The longest value that is computed: the kind and the bytes of a number.</summary>
    private const int ScratchBytes = 1 + NumberBytes.LengthMax;

    private readonly Binding _binding = binding;
    private readonly ItemReader _item = item;

    public bool Holds(ConditionNode node)
    {
        switch (node)
        {
            case ComparisonNode comparison:
                return Compare(comparison);
            case AndNode and:
                return All(and.Terms);
            case OrNode or:
                return Any(or.Terms);
            case NotNode not:
                return !Holds(not.Term);
            case BetweenNode between:
                return Between(between);
            case InNode membership:
                return In(membership);
            default:
                return Test(((TestNode)node).Call);
        }
    }

    private bool All(ConditionNode[] terms)
    {
        bool holds = true;
        for (int i = 0; holds && i < terms.Length; i++)
        {
            holds = Holds(terms[i]);
        }

        return holds;
    }

    private bool Any(ConditionNode[] terms)
    {
        bool holds = false;
        for (int i = 0; !holds && i < terms.Length; i++)
        {
            holds = Holds(terms[i]);
        }

        return holds;
    }

    private bool Compare(ComparisonNode comparison)
    {
        ValueReader left = Resolve(comparison.Left, stackalloc byte[ScratchBytes]);
        ValueReader right = Resolve(comparison.Right, stackalloc byte[ScratchBytes]);
        if (!comparison.Orders)
        {
            return ValueOrder.AreEqual(left, right) == (comparison.Comparator == TokenKind.Equal);
        }

        return ValueOrder.AreComparable(left, right) && comparison.Comparator switch
        {
            TokenKind.Less => ValueOrder.Compare(left, right) < 0,
            TokenKind.LessOrEqual => ValueOrder.Compare(left, right) <= 0,
            TokenKind.Greater => ValueOrder.Compare(left, right) > 0,
            _ => ValueOrder.Compare(left, right) >= 0,
        };
    }

    private bool Between(BetweenNode between)
    {
        ValueReader value = Resolve(between.Operand, stackalloc byte[ScratchBytes]);
        ValueReader lower = Resolve(between.Lower, stackalloc byte[ScratchBytes]);
        ValueReader upper = Resolve(between.Upper, stackalloc byte[ScratchBytes]);
        return ValueOrder.AreComparable(lower, value) && ValueOrder.AreComparable(value, upper)
            && ValueOrder.Compare(lower, value) <= 0 && ValueOrder.Compare(value, upper) <= 0;
    }

    private bool In(InNode membership)
    {
        ValueReader value = Resolve(membership.Operand, stackalloc byte[ScratchBytes]);
        Span<byte> scratch = stackalloc byte[ScratchBytes];
        foreach (OperandNode candidate in membership.List)
        {
            if (ValueOrder.AreEqual(value, Resolve(candidate, scratch)))
            {
                return true;
            }
        }

        return false;
    }

    private bool Test(CallNode call)
    {
        ValueReader first = Resolve(call.Arguments[0], stackalloc byte[ScratchBytes]);
        if (call.Function is ExpressionFunction.AttributeExists or ExpressionFunction.AttributeNotExists)
        {
            return first.Exists == (call.Function == ExpressionFunction.AttributeExists);
        }

        ValueReader second = Resolve(call.Arguments[1], stackalloc byte[ScratchBytes]);
        return call.Function switch
        {
            ExpressionFunction.BeginsWith => ValueFunctions.BeginsWith(first, second),
            ExpressionFunction.Contains => ValueFunctions.Contains(first, second),
            _ => first.Exists && DynamoJsonTypes.NameOf(first.Kind) == _binding.ValueOf((ValueNode)call.Arguments[1]).AsString(),
        };
    }

    /// <summary>The value of an operand. What is computed is written into the scratch.</summary>
    private ValueReader Resolve(OperandNode node, Span<byte> scratch)
    {
        switch (node)
        {
            case PathNode path:
                return PathLookup.Find(_item, path, _binding);
            case ValueNode value:
                return new ValueReader(_binding.ValueBytes[value.Slot]);
            default:
                // The only call that is an operand is a size.
                int size = ValueFunctions.SizeOf(Resolve(((CallNode)node).Arguments[0], stackalloc byte[ScratchBytes]));
                if (size < 0)
                {
                    return default;
                }

                scratch[0] = (byte)AttributeKind.Number;
                int length = NumberBytes.Write(size, scratch[1..]);
                return new ValueReader(scratch[..(1 + length)]);
        }
    }
}
