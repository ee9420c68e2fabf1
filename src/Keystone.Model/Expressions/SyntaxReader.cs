namespace Keystone.Model.Expressions;

/// <summary>
/// What the parsers of all expressions share: the tokens and the place among them, the slots and faults collected, and the limits. Refuses
/// at once what cannot be read on: syntax errors, too many operators, too deep a nesting.
/// </summary>
internal sealed class SyntaxReader
{
    private readonly string _text;
    private readonly Token[] _tokens;
    private int _operators;
    private int _nesting;

    public SyntaxReader(string text, ExpressionKind kind, ExpressionLimits limits)
    {
        _text = text;
        _tokens = Lexer.Read(text, kind);
        Kind = kind;
        Limits = limits;
        Faults = new SyntaxFaults(kind);
    }

    public ExpressionKind Kind { get; }

    public ExpressionLimits Limits { get; }

    public SyntaxFaults Faults { get; }

    public SlotTable Slots { get; } = new();

    /// <summary>The place among the tokens.</summary>
    public int Place { get; private set; }

    public int TokenCount => _tokens.Length;

    public TokenKind Next => _tokens[Place].Kind;

    public TokenKind AfterNext => _tokens[Math.Min(Place + 1, _tokens.Length - 1)].Kind;

    public bool Take(TokenKind kind)
    {
        bool isNext = Next == kind;
        Place += isNext ? 1 : 0;
        return isNext;
    }

    public void Expect(TokenKind kind)
    {
        if (!Take(kind))
        {
            throw SyntaxError();
        }
    }

    public string ExpectText(TokenKind kind)
    {
        Expect(kind);
        return TextOf(_tokens[Place - 1]);
    }

    /// <summary>The next token is not what could stand here. Shows it with its neighbours, as DynamoDB does.</summary>
    public KeystoneException SyntaxError()
    {
        Token token = _tokens[Place];
        Token first = _tokens[Math.Max(Place - 1, 0)];
        Token last = _tokens[Math.Min(Place + 1, _tokens.Length - 1)];
        int end = last.Kind == TokenKind.End ? Math.Max(first.End, token.End) : last.End;
        end = token.Kind == TokenKind.End ? first.End : end;
        return ExpressionError.Syntax(Kind, token.Kind == TokenKind.End ? "<EOF>" : TextOf(token), _text[first.Start..end]);
    }

    public void CountOperator()
    {
        _operators++;
        if (_operators > Limits.OperatorsMax)
        {
            throw ExpressionError.TooManyOperators(Kind, _operators);
        }
    }

    /// <summary>Goes one level deeper into parentheses or arguments. So deep a level means that some are redundant.</summary>
    public void Enter()
    {
        _nesting++;
        if (_nesting > ExpressionLimits.NestingMax)
        {
            throw ExpressionError.RedundantParentheses(Kind);
        }
    }

    public void Leave() => _nesting--;

    public PathNode Path() => PathTail([NamedPart()]);

    /// <summary>A path of the given first parts and of those that follow here.</summary>
    public PathNode PathTail(IEnumerable<PathPart> head)
    {
        List<PathPart> parts = [.. head];
        while (true)
        {
            if (Take(TokenKind.Dot))
            {
                parts.Add(NamedPart());
            }
            else if (Take(TokenKind.LeftBracket))
            {
                parts.Add(IndexPart());
            }
            else
            {
                break;
            }
        }

        if (parts.Count > Limits.PathLevelsMax)
        {
            Faults.PathTooDeep(parts.Count);
        }

        return new PathNode([.. parts]);
    }

    public ValueNode Value() => new(Slots.ValueSlot(ExpectText(TokenKind.ValuePlaceholder)));

    /// <summary>A call whose arguments the given reader reads. Stands on the name of the function.</summary>
    public CallNode Call(Func<OperandNode> readArgument)
    {
        string name = ExpectText(TokenKind.Identifier);
        CountOperator();
        Expect(TokenKind.LeftParenthesis);
        Enter();
        List<OperandNode> arguments = [readArgument()];
        while (Take(TokenKind.Comma))
        {
            arguments.Add(readArgument());
        }

        Leave();
        Expect(TokenKind.RightParenthesis);
        ExpressionFunction function = FunctionNames.Find(name, Kind);
        if (function == ExpressionFunction.Unknown)
        {
            Faults.UnknownFunction(name);
        }

        return new CallNode(function, name, [.. arguments]);
    }

    private PathPart NamedPart()
    {
        if (Next == TokenKind.NamePlaceholder)
        {
            return PathPart.Named(Slots.NameSlot(ExpectText(TokenKind.NamePlaceholder)));
        }

        string name = ExpectText(TokenKind.Identifier);
        if (ReservedWords.Contains(name))
        {
            Faults.Reserved(name);
        }

        return PathPart.Named(Slots.NameSlot(name));
    }

    private PathPart IndexPart()
    {
        string digits = ExpectText(TokenKind.Digits);
        Expect(TokenKind.RightBracket);
        return int.TryParse(digits, out int index)
            ? PathPart.At(index)
            : throw ExpressionError.IndexTooGreat(Kind, digits);
    }

    private string TextOf(Token token) => _text.Substring(token.Start, token.Length);
}
