namespace Keystone.Model.Expressions;

/// <summary>
/// The text of an update into its clauses.
/// <code>
///  update   = section { section }                                    each of the four at most once
///  section  = SET path = sum { , path = sum } | REMOVE path { , path }
///           | ADD path value { , path value } | DELETE path value { , path value }
///  sum      = ( sum ) | operand [ + operand | - operand ]
///  operand  = ( operand ) | call | value | path
/// </code>
/// </summary>
internal sealed class UpdateParser
{
    private readonly SyntaxReader _reader;
    private readonly List<UpdateClause> _clauses = [];

    private UpdateParser(SyntaxReader reader) => _reader = reader;

    public static UpdateSyntax Parse(string text, ExpressionLimits limits)
    {
        var reader = new SyntaxReader(text, ExpressionKind.Update, limits);
        var parser = new UpdateParser(reader);
        var sections = new HashSet<TokenKind>();
        do
        {
            TokenKind section = parser.Section();
            if (!sections.Add(section))
            {
                reader.Faults.RepeatedSection(NameOf(section));
            }
        }
        while (reader.Next != TokenKind.End);

        reader.Faults.Report();
        return new UpdateSyntax(reader.Slots, [.. parser._clauses]) { Tokens = reader.TokenCount };
    }

    public static string NameOf(TokenKind section) => section switch
    {
        TokenKind.Set => "SET",
        TokenKind.Remove => "REMOVE",
        TokenKind.Add => "ADD",
        _ => "DELETE",
    };

    private TokenKind Section()
    {
        TokenKind section = _reader.Next;
        if (section is not (TokenKind.Set or TokenKind.Remove or TokenKind.Add or TokenKind.Delete))
        {
            throw _reader.SyntaxError();
        }

        _reader.Expect(section);
        do
        {
            PathNode path = _reader.Path();
            OperandNode? value = section switch
            {
                TokenKind.Set => SetValue(),
                TokenKind.Remove => null,
                _ => _reader.Value(),
            };
            _clauses.Add(new UpdateClause(section, path, value));
        }
        while (_reader.Take(TokenKind.Comma));

        return section;
    }

    private OperandNode SetValue()
    {
        _reader.Expect(TokenKind.Equal);
        return Sum();
    }

    private OperandNode Sum()
    {
        OperandNode left = _reader.Next == TokenKind.LeftParenthesis ? Parenthesized(Sum) : Operand();
        if (left is SumNode || _reader.Next is not (TokenKind.Plus or TokenKind.Minus))
        {
            return left;
        }

        bool subtracts = _reader.Next == TokenKind.Minus;
        _reader.Expect(_reader.Next);
        _reader.CountOperator();
        return new SumNode(subtracts, left, Operand());
    }

    private OperandNode Operand()
    {
        switch (_reader.Next)
        {
            case TokenKind.LeftParenthesis:
                return Parenthesized(Operand);
            case TokenKind.ValuePlaceholder:
                return _reader.Value();
            case TokenKind.Identifier when _reader.AfterNext == TokenKind.LeftParenthesis:
                CallNode call = _reader.Call(Operand);
                RequireNoListAppend(call);
                return call;
            default:
                return _reader.Path();
        }
    }

    private OperandNode Parenthesized(Func<OperandNode> read)
    {
        _reader.Expect(TokenKind.LeftParenthesis);
        _reader.Enter();
        OperandNode inner = read();
        _reader.Leave();
        _reader.Expect(TokenKind.RightParenthesis);
        return inner;
    }

    /// <summary>list_append is no argument of another call.</summary>
    private void RequireNoListAppend(CallNode call)
    {
        foreach (OperandNode argument in call.Arguments)
        {
            if (argument is CallNode { Function: ExpressionFunction.ListAppend } inner)
            {
                _reader.Faults.MisusedFunction(inner.Name);
            }
        }
    }
}
