using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// What can be said against an update once its values are known, before there is an item. DynamoDB goes over the whole update once for each
/// kind of fault: undefined names, undefined values, paths that overlap, paths that conflict, types of ADD and DELETE, functions.
/// </summary>
internal readonly struct UpdateCheck(Binding binding)
{
    private const ExpressionKind Kind = ExpressionKind.Update;

    public void Require(UpdateClause[] clauses)
    {
        binding.RequireAllNames(Kind);
        binding.RequireAllValues(Kind);
        PathRule.Require(binding, Array.ConvertAll(clauses, clause => clause.Path), Kind);
        foreach (UpdateClause clause in clauses)
        {
            if (clause.Section is TokenKind.Add or TokenKind.Delete)
            {
                RequireClauseType(clause);
            }
        }

        foreach (UpdateClause clause in clauses)
        {
            if (clause.Section == TokenKind.Set)
            {
                RequireTypes(clause.Value!);
            }
        }
    }

    private void RequireClauseType(UpdateClause clause)
    {
        AttributeKind type = binding.ValueOf((ValueNode)clause.Value!).Kind;
        bool fits = type is AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet
            || (type == AttributeKind.Number && clause.Section == TokenKind.Add);
        if (!fits)
        {
            throw ExpressionError.ClauseType(Kind, UpdateParser.NameOf(clause.Section), LongNameOf(type));
        }
    }

    /// <summary>Checks an operand, and answers its type as far as it is known without an item.</summary>
    private AttributeKind RequireTypes(OperandNode node)
    {
        switch (node)
        {
            case ValueNode value:
                return binding.ValueOf(value).Kind;
            case SumNode sum:
                AttributeKind left = RequireTypes(sum.Left);
                AttributeKind right = RequireTypes(sum.Right);
                RequireType(sum.Sign, left, AttributeKind.Number);
                RequireType(sum.Sign, right, AttributeKind.Number);
                return AttributeKind.Number;
            case CallNode call:
                return RequireCall(call);
            default:
                return AttributeKind.None;
        }
    }

    private AttributeKind RequireCall(CallNode call)
    {
        Span<AttributeKind> types = stackalloc AttributeKind[2];
        for (int i = 0; i < call.Arguments.Length; i++)
        {
            AttributeKind type = RequireTypes(call.Arguments[i]);
            types[Math.Min(i, 1)] = type;
        }

        if (call.Arguments.Length != FunctionNames.ArgumentCountOf(call.Function))
        {
            throw ExpressionError.OperandCount(Kind, call.Name, call.Arguments.Length);
        }

        if (call.Function == ExpressionFunction.IfNotExists)
        {
            // The value at the path may be of any type, so the result is of no known type.
            return call.Arguments[0] is PathNode ? AttributeKind.None : throw ExpressionError.PathRequired(Kind, call.Name);
        }

        RequireType(call.Name, types[0], AttributeKind.List);
        RequireType(call.Name, types[1], AttributeKind.List);
        return AttributeKind.List;
    }

    private static void RequireType(string function, AttributeKind type, AttributeKind required)
    {
        if (type != AttributeKind.None && type != required)
        {
            throw ExpressionError.OperandType(Kind, function, DynamoJsonTypes.NameOf(type));
        }
    }

    private static string LongNameOf(AttributeKind type) => type switch
    {
        AttributeKind.String => "STRING",
        AttributeKind.Number => "NUMBER",
        AttributeKind.Binary => "BINARY",
        AttributeKind.Boolean => "BOOLEAN",
        AttributeKind.Null => "NULL",
        AttributeKind.List => "LIST",
        AttributeKind.Map => "MAP",
        _ => DynamoJsonTypes.NameOf(type),
    };
}
