using System.Text;

namespace Keystone.Model.PartiQL;

/// <summary>
/// Text into tokens, one pass. Texts stand in single quotes and names may stand in double ones; a quote within is written twice. What
/// stands behind <c>--</c>, or between <c>/*</c> and <c>*/</c>, is a comment. The last token is always
/// <see cref="StatementTokenKind.End"/>.
/// </summary>
internal sealed class StatementLexer
{
    private static readonly string[] LongSigns = ["<<", ">>", "<=", ">=", "<>", "!="];

    private readonly string _text;
    private readonly List<StatementToken> _tokens = new(32);
    private int _at;
    private int _line = 1;
    private int _lineStart;

    private StatementLexer(string text) => _text = text;

    private char Here => _at < _text.Length ? _text[_at] : '\0';

    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    public static StatementToken[] Read(string text)
    {
        var lexer = new StatementLexer(text);
        lexer.SkipBlanks();
        while (lexer._at < text.Length)
        {
            lexer.ReadToken();
            lexer.SkipBlanks();
        }

        lexer.Add(StatementTokenKind.End, "", lexer._at);
        return [.. lexer._tokens];
    }

    private void ReadToken()
    {
        int start = _at;
        char c = Here;
        if (c is '\'' or '"')
        {
            string content = Quoted(c);
            Add(c == '"' ? StatementTokenKind.QuotedName : StatementTokenKind.Text, content, start);
        }
        else if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Next) && !IsBehindName()))
        {
            SkipNumber();
            Add(StatementTokenKind.Number, _text[start.._at], start);
        }
        else if (char.IsAsciiLetter(c) || c is '_' or '$')
        {
            Skip(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '$');
            Add(StatementTokenKind.Word, _text[start.._at], start);
        }
        else if (c == '?')
        {
            _at++;
            Add(StatementTokenKind.Parameter, "?", start);
        }
        else
        {
            ReadSign(start);
        }
    }

    private void ReadSign(int start)
    {
        string sign = Array.Find(LongSigns, each => _text.AsSpan(_at).StartsWith(each, StringComparison.Ordinal)) ?? Here.ToString();
        _at += sign.Length;
        Add(StatementTokenKind.Sign, sign, start);
        if (!"<<>=!=()[]{},.:*+-;".Contains(sign, StringComparison.Ordinal) && sign is not ("<>" or ">>" or "<="))
        {
            throw StatementError.NotWellFormed($"Unexpected character at {_tokens[^1].Place}");
        }
    }

    private string Quoted(char quote)
    {
        int start = _at;
        var content = new StringBuilder();
        for (_at++; _at < _text.Length; _at++)
        {
            if (Here != quote)
            {
                content.Append(Here);
            }
            else if (Next == quote)
            {
                content.Append(quote);
                _at++;
            }
            else
            {
                _at++;
                return content.ToString();
            }
        }

        throw StatementError.NotWellFormed($"The quote at {_line}:{start - _lineStart + 1}:1 is not closed");
    }

    private void SkipNumber()
    {
        Skip(char.IsAsciiDigit);
        if (Here == '.')
        {
            _at++;
            Skip(char.IsAsciiDigit);
        }

        if (Here is not ('e' or 'E'))
        {
            return;
        }

        int signed = Next is '+' or '-' ? 2 : 1;
        if (_at + signed < _text.Length && char.IsAsciiDigit(_text[_at + signed]))
        {
            _at += signed;
            Skip(char.IsAsciiDigit);
        }
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length)
        {
            if (char.IsWhiteSpace(Here))
            {
                Step();
            }
            else if (Here == '-' && Next == '-')
            {
                Skip(static c => c != '\n');
            }
            else if (Here == '/' && Next == '*')
            {
                SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment()
    {
        int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
        if (end < 0)
        {
            throw StatementError.NotWellFormed("A comment is not closed");
        }

        while (_at < end + 2)
        {
            Step();
        }
    }

    private void Step()
    {
        if (Here == '\n')
        {
            _line++;
            _lineStart = _at + 1;
        }

        _at++;
    }

    private void Skip(Func<char, bool> belongs)
    {
        while (_at < _text.Length && belongs(_text[_at]))
        {
            _at++;
        }
    }

    /// <summary>A dot behind a name begins the next part of a path, whatever stands there.</summary>
    private bool IsBehindName() => _tokens.Count > 0
        && (_tokens[^1].Kind is StatementTokenKind.Word or StatementTokenKind.QuotedName || _tokens[^1].IsSign("]"));

    private void Add(StatementTokenKind kind, string text, int start)
        => _tokens.Add(new StatementToken(kind, text, _line, start - _lineStart + 1, _at - start));
}
