using System.Globalization;
using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>
/// The place among the tokens of a statement, and the values of its parameters in their order. Counts how deep it is, and refuses what is
/// deeper than <see cref="StatementLimits.NestingMax"/>.
/// </summary>
internal sealed class StatementReader
{
    private readonly StatementToken[] _tokens;
    private readonly IReadOnlyList<AttributeValue> _parameters;
    private int _place;
    private int _parametersTaken;
    private int _nesting;

    public StatementReader(string text, IReadOnlyList<AttributeValue> parameters)
    {
        _tokens = StatementLexer.Read(text);
        _parameters = parameters;
        int asked = _tokens.Count(token => token.Kind == StatementTokenKind.Parameter);
        if (asked != parameters.Count)
        {
            throw StatementError.ParameterCount();
        }
    }

    public StatementToken Next => _tokens[_place];

    public StatementToken AfterNext => _tokens[Math.Min(_place + 1, _tokens.Length - 1)];

    public StatementToken Take()
    {
        StatementToken token = Next;
        _place += token.Kind == StatementTokenKind.End ? 0 : 1;
        return token;
    }

    public bool TakeWord(string keyword)
    {
        bool isNext = Next.Is(keyword);
        _place += isNext ? 1 : 0;
        return isNext;
    }

    public bool TakeSign(string sign)
    {
        bool isNext = Next.IsSign(sign);
        _place += isNext ? 1 : 0;
        return isNext;
    }

    public void ExpectWord(string keyword)
    {
        if (!TakeWord(keyword))
        {
            throw StatementError.Unexpected(Next, keyword);
        }
    }

    public void ExpectSign(string sign)
    {
        if (!TakeSign(sign))
        {
            throw StatementError.Unexpected(Next, sign);
        }
    }

    /// <summary>A name, in quotes or not. A keyword is a name only in quotes.</summary>
    public string ExpectName(string what)
    {
        StatementToken token = Next;
        bool isName = token.Kind == StatementTokenKind.QuotedName
            || (token.Kind == StatementTokenKind.Word && !StatementWords.IsKeyword(token.Text));
        return isName ? Take().Text : throw StatementError.Unexpected(token, what);
    }

    /// <summary>The value of the parameter that stands here.</summary>
    public AttributeValue Parameter()
    {
        Take();
        return _parameters[_parametersTaken++];
    }

    /// <summary>A whole number, or a parameter that is one.</summary>
    public long ExpectCount(string what)
    {
        StatementToken token = Next;
        AttributeValue? value = token.Kind switch
        {
            StatementTokenKind.Parameter => Parameter(),
            StatementTokenKind.Number => AttributeValue.Number(Take().Text),
            _ => null,
        };
        bool isCount = value is { Kind: AttributeKind.Number } && value.AsNumber() is { IsInteger: true, IsNegative: false };
        return isCount && long.TryParse(value!.AsNumber().ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out long count)
            ? count
            : throw StatementError.Unexpected(token, $"a whole number for {what}");
    }

    /// <summary>A list between two signs, perhaps empty.</summary>
    public List<T> List<T>(string open, string close, Func<T> read)
    {
        ExpectSign(open);
        Enter();
        var list = new List<T>();
        if (!Next.IsSign(close))
        {
            do
            {
                list.Add(read());
            }
            while (TakeSign(","));
        }

        Leave();
        ExpectSign(close);
        return list;
    }

    public void Enter()
    {
        if (++_nesting > StatementLimits.NestingMax)
        {
            throw StatementError.NotWellFormed($"It is nested deeper than {StatementLimits.NestingMax} levels at {Next.Place}");
        }
    }

    public void Leave() => _nesting--;
}
