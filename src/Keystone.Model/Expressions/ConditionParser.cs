namespace Keystone.Model.Expressions;

/// <summary>
/// The text of a condition into its tree. OR binds weakest, then AND, then NOT, then comparisons.
/// <code>
///  condition   = and { OR and }
///  and         = not { AND not }
///  not         = { NOT } comparison
///  comparison  = primary [ sign operand | BETWEEN operand AND operand | IN ( operand { , operand } ) ]
///  primary     = ( condition ) | operand        what stands in parentheses may turn out to be an operand
///  operand     = ( operand ) | call | value | path
/// </code>
/// Parentheses directly inside parentheses are a fault. What is left of an operand that no sign follows must be a call.
/// </summary>
internal sealed class ConditionParser
{
    private readonly SyntaxReader _reader;

    /// <summary>The places of the last pair of parentheses that was closed.</summary>
    private (int Open, int Close) _lastPair = (-1, -1);

    private ConditionParser(SyntaxReader reader) => _reader = reader;

    public static ConditionSyntax Parse(string text, ExpressionKind kind, ExpressionLimits limits)
    {
        var reader = new SyntaxReader(text, kind, limits);
        var parser = new ConditionParser(reader);
        ConditionNode root = parser.AsCondition(parser.Or());
        reader.Expect(TokenKind.End);
        reader.Faults.Report();
        return new ConditionSyntax(reader.Slots, root) { Tokens = reader.TokenCount };
    }

    private SyntaxNode Or()
    {
        SyntaxNode first = And();
        return _reader.Next == TokenKind.Or ? new OrNode(Terms(TokenKind.Or, first, And)) : first;
    }

    private SyntaxNode And()
    {
        SyntaxNode first = Not();
        return _reader.Next == TokenKind.And ? new AndNode(Terms(TokenKind.And, first, Not)) : first;
    }

    private ConditionNode[] Terms(TokenKind sign, SyntaxNode first, Func<SyntaxNode> readTerm)
    {
        List<ConditionNode> terms = [AsCondition(first)];
        while (_reader.Take(sign))
        {
            _reader.CountOperator();
            terms.Add(AsCondition(readTerm()));
        }

        return [.. terms];
    }

    private SyntaxNode Not()
    {
        int signs = 0;
        while (_reader.Take(TokenKind.Not))
        {
            _reader.CountOperator();
            signs++;
        }

        SyntaxNode node = Comparison();
        for (; signs > 0; signs--)
        {
            node = new NotNode(AsCondition(node));
        }

        return node;
    }

    private SyntaxNode Comparison()
    {
        SyntaxNode left = Primary();
        if (left is not OperandNode operand)
        {
            return left;
        }

        switch (_reader.Next)
        {
            case TokenKind.Between:
                return Between(operand);
            case TokenKind.In:
                return In(operand);
            case >= TokenKind.Equal and <= TokenKind.GreaterOrEqual:
                TokenKind sign = _reader.Next;
                _reader.Expect(sign);
                _reader.CountOperator();
                OperandNode right = Operand();
                RequireNoTest(operand);
                RequireNoTest(right);
                return new ComparisonNode(sign, operand, right);
            default:
                return left;
        }
    }

    private BetweenNode Between(OperandNode operand)
    {
        _reader.Expect(TokenKind.Between);
        _reader.CountOperator();
        OperandNode lower = Operand();
        _reader.Expect(TokenKind.And);
        OperandNode upper = Operand();
        RequireNoTest(operand);
        RequireNoTest(lower);
        RequireNoTest(upper);
        return new BetweenNode(operand, lower, upper);
    }

    private InNode In(OperandNode operand)
    {
        _reader.Expect(TokenKind.In);
        _reader.CountOperator();
        _reader.Expect(TokenKind.LeftParenthesis);
        List<OperandNode> list = [Operand()];
        while (_reader.Take(TokenKind.Comma))
        {
            list.Add(Operand());
        }

        _reader.Expect(TokenKind.RightParenthesis);
        RequireNoTest(operand);
        list.ForEach(RequireNoTest);
        return list.Count <= _reader.Limits.InOperandsMax
            ? new InNode(operand, [.. list])
            : throw ExpressionError.TooManyInOperands(_reader.Kind, list.Count);
    }

    private SyntaxNode Primary()
    {
        if (_reader.Next != TokenKind.LeftParenthesis)
        {
            return Operand();
        }

        SyntaxNode inner = Parenthesized(Or);
        return inner is PathNode path ? _reader.PathTail(path.Parts) : inner;
    }

    private OperandNode Operand()
    {
        switch (_reader.Next)
        {
            case TokenKind.LeftParenthesis:
                OperandNode inner = Parenthesized(Operand);
                return inner is PathNode path ? _reader.PathTail(path.Parts) : inner;
            case TokenKind.ValuePlaceholder:
                return _reader.Value();
            case TokenKind.Identifier when _reader.AfterNext == TokenKind.LeftParenthesis:
                CallNode call = _reader.Call(Operand);
                Array.ForEach(call.Arguments, RequireNoTest);
                return call;
            default:
                return _reader.Path();
        }
    }

    private T Parenthesized<T>(Func<T> read)
    {
        int open = _reader.Place;
        _reader.Expect(TokenKind.LeftParenthesis);
        _reader.Enter();
        T inner = read();
        _reader.Leave();
        int close = _reader.Place;
        _reader.Expect(TokenKind.RightParenthesis);
        if (_lastPair == (open + 1, close - 1))
        {
            _reader.Faults.RedundantParentheses();
        }

        _lastPair = (open, close);
        return inner;
    }

    private ConditionNode AsCondition(SyntaxNode node)
    {
        switch (node)
        {
            case ConditionNode condition:
                return condition;
            case CallNode call:
                if (call.Function == ExpressionFunction.Size)
                {
                    _reader.Faults.MisusedFunction(call.Name);
                }

                return new TestNode(call);
            default:
                throw _reader.SyntaxError();
        }
    }

    /// <summary>An operand may be a size but no other call, because the others are true or false.</summary>
    private void RequireNoTest(OperandNode operand)
    {
        if (operand is CallNode call && call.Function != ExpressionFunction.Size)
        {
            _reader.Faults.MisusedFunction(call.Name);
        }
    }
}
