using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// What can be said against a condition once its values are known, before there is an item. DynamoDB goes from comparison to comparison
/// and asks of each: are its placeholders defined, has each function as many operands as it needs, are first and second operand different,
/// are the types of values right. The first answer that is no is the error. Allocates nothing while all are yes.
/// </summary>
internal readonly struct ConditionCheck(Binding binding, ExpressionKind kind)
{
    /// <summary>What attribute_type says to an operand whose type is not known: all the names.</summary>
    private const string AnyType = "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}";

    public void Require(ConditionNode node)
    {
        switch (node)
        {
            case AndNode and:
                RequireAll(and.Terms);
                break;
            case OrNode or:
                RequireAll(or.Terms);
                break;
            case NotNode not:
                Require(not.Term);
                break;
            case ComparisonNode comparison:
                RequireComparison(comparison);
                break;
            case BetweenNode between:
                RequireBetween(between);
                break;
            case InNode membership:
                RequireDefined(membership.Operand);
                RequireDefined(membership.List);
                RequireCounts(membership.Operand);
                RequireCounts(membership.List);
                RequireCallsDistinct(membership.List);
                TypeOf(membership.Operand);
                RequireTypes(membership.List);
                break;
            default:
                CallNode call = ((TestNode)node).Call;
                RequireDefined(call);
                RequireCounts(call);
                RequireCallDistinct(call);
                TypeOf(call);
                break;
        }
    }

    private void RequireAll(ConditionNode[] terms)
    {
        foreach (ConditionNode term in terms)
        {
            Require(term);
        }
    }

    private void RequireComparison(ComparisonNode comparison)
    {
        RequireDefined(comparison.Left);
        RequireDefined(comparison.Right);
        RequireCounts(comparison.Left);
        RequireCounts(comparison.Right);
        RequireCallDistinct(comparison.Left);
        RequireCallDistinct(comparison.Right);
        RequireDistinct(comparison.Sign, comparison.Left, comparison.Right);
        AttributeKind left = TypeOf(comparison.Left);
        AttributeKind right = TypeOf(comparison.Right);
        if (comparison.Orders)
        {
            RequireOrdered(comparison.Sign, left);
            RequireOrdered(comparison.Sign, right);
        }
    }

    private void RequireBetween(BetweenNode between)
    {
        RequireDefined(between.Operand);
        RequireDefined(between.Lower);
        RequireDefined(between.Upper);
        RequireCounts(between.Operand);
        RequireCounts(between.Lower);
        RequireCounts(between.Upper);
        RequireOrdered("BETWEEN", TypeOf(between.Operand));
        RequireOrdered("BETWEEN", TypeOf(between.Lower));
        RequireOrdered("BETWEEN", TypeOf(between.Upper));
        if (between.Lower is ValueNode lower && between.Upper is ValueNode upper)
        {
            RequireBounds(binding.ValueOf(lower), binding.ValueOf(upper));
        }
    }

    private void RequireBounds(AttributeValue lower, AttributeValue upper)
    {
        string? rule = lower.Kind != upper.Kind ? "requires same data type for lower and upper bounds"
            : ValueOrder.Compare(lower, upper) > 0 ? "requires upper bound to be greater than or equal to lower bound"
            : null;
        if (rule is not null)
        {
            throw ExpressionError.Of(
                kind, $"The BETWEEN operator {rule}; lower bound operand: {Show(lower)}, upper bound operand: {Show(upper)}");
        }
    }

    private void RequireDefined(OperandNode[] nodes)
    {
        foreach (OperandNode node in nodes)
        {
            RequireDefined(node);
        }
    }

    private void RequireDefined(OperandNode node)
    {
        switch (node)
        {
            case PathNode path:
                foreach (PathPart part in path.Parts)
                {
                    if (!part.IsIndex)
                    {
                        binding.RequireName(part.NameSlot, kind);
                    }
                }

                break;
            case ValueNode value:
                binding.RequireValue(value.Slot, kind);
                break;
            default:
                RequireDefined(((CallNode)node).Arguments);
                break;
        }
    }

    private void RequireCounts(OperandNode[] nodes)
    {
        foreach (OperandNode node in nodes)
        {
            RequireCounts(node);
        }
    }

    private void RequireCounts(OperandNode node)
    {
        if (node is CallNode call)
        {
            RequireCounts(call.Arguments);
            if (call.Arguments.Length != FunctionNames.ArgumentCountOf(call.Function))
            {
                throw ExpressionError.OperandCount(kind, call.Name, call.Arguments.Length);
            }
        }
    }

    private void RequireCallsDistinct(OperandNode[] nodes)
    {
        foreach (OperandNode node in nodes)
        {
            RequireCallDistinct(node);
        }
    }

    private void RequireCallDistinct(OperandNode node)
    {
        if (node is CallNode call)
        {
            RequireCallsDistinct(call.Arguments);
            if (call.Arguments.Length == 2)
            {
                RequireDistinct(call.Name, call.Arguments[0], call.Arguments[1]);
            }
        }
    }

    private void RequireDistinct(string sign, OperandNode left, OperandNode right)
    {
        if (left is not PathNode first || right is not PathNode second || first.Parts.Length != second.Parts.Length)
        {
            return;
        }

        for (int i = 0; i < first.Parts.Length; i++)
        {
            if (!binding.Same(first.Parts[i], second.Parts[i]))
            {
                return;
            }
        }

        throw ExpressionError.NotDistinct(kind, sign, binding.Show(first));
    }

    private void RequireTypes(OperandNode[] nodes)
    {
        foreach (OperandNode node in nodes)
        {
            TypeOf(node);
        }
    }

    /// <summary>The type of an operand as far as it is known without an item, after the calls inside it were found right.</summary>
    private AttributeKind TypeOf(OperandNode node) => node switch
    {
        ValueNode value => binding.ValueOf(value).Kind,
        CallNode call => TypeOfCall(call),
        _ => AttributeKind.None,
    };

    private AttributeKind TypeOfCall(CallNode call)
    {
        OperandNode first = call.Arguments[0];
        AttributeKind firstType = TypeOf(first);
        AttributeKind secondType = call.Arguments.Length > 1 ? TypeOf(call.Arguments[1]) : AttributeKind.None;
        switch (call.Function)
        {
            case ExpressionFunction.AttributeExists or ExpressionFunction.AttributeNotExists:
                return first is PathNode ? AttributeKind.Boolean : throw ExpressionError.PathRequired(kind, call.Name);
            case ExpressionFunction.BeginsWith:
                RequireText(call.Name, firstType);
                RequireText(call.Name, secondType);
                return AttributeKind.Boolean;
            case ExpressionFunction.AttributeType:
                RequireTypeName(call.Name, call.Arguments[1], secondType);
                return AttributeKind.Boolean;
            case ExpressionFunction.Size:
                Reject(call.Name, firstType, firstType is AttributeKind.Number or AttributeKind.Boolean or AttributeKind.Null);
                return AttributeKind.Number;
            default:
                return AttributeKind.Boolean;
        }
    }

    private void RequireText(string function, AttributeKind type)
        => Reject(function, type, type is not (AttributeKind.None or AttributeKind.String or AttributeKind.Binary));

    private void RequireOrdered(string sign, AttributeKind type)
        => Reject(sign, type, type != AttributeKind.None && !ValueOrder.IsOrdered(type));

    private void RequireTypeName(string function, OperandNode node, AttributeKind type)
    {
        if (type != AttributeKind.String)
        {
            throw ExpressionError.OperandType(kind, function, type == AttributeKind.None ? AnyType : DynamoJsonTypes.NameOf(type));
        }

        string name = binding.ValueOf((ValueNode)node).AsString();
        if (DynamoJsonTypes.KindOf(name) == AttributeKind.None)
        {
            throw ExpressionError.Of(
                kind, $"Invalid attribute type name found; type: {name}, valid types: {{B,NULL,SS,BOOL,L,BS,N,NS,S,M}}");
        }
    }

    private void Reject(string function, AttributeKind type, bool isWrong)
    {
        if (isWrong)
        {
            throw ExpressionError.OperandType(kind, function, DynamoJsonTypes.NameOf(type));
        }
    }

    private static string Show(AttributeValue value)
    {
        string content = value.Kind switch
        {
            AttributeKind.String => value.AsString(),
            AttributeKind.Number => value.AsNumber().ToString(),
            AttributeKind.Binary => Convert.ToBase64String(value.AsBinary().Span),
            _ => value.ToString(),
        };
        return $"AttributeValue: {{{DynamoJsonTypes.NameOf(value.Kind)}:{content}}}";
    }
}
