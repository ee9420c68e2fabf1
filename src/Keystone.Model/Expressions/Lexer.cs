namespace Keystone.Model.Expressions;

/// <summary>
/// Text into tokens, one pass. Nothing is refused here: what no rule knows becomes <see cref="TokenKind.Other"/>, and the parser, which
/// knows what it expected, refuses it. The last token is always <see cref="TokenKind.End"/>.
/// <para>
/// Names begin with a letter, placeholders with their sign; letters and digits are ASCII. Keywords have no case. AND, OR, NOT, BETWEEN and
/// IN are keywords of conditions only; SET, REMOVE, ADD and DELETE of updates only.
/// </para>
/// </summary>
internal static class Lexer
{
    public static Token[] Read(string text, ExpressionKind kind)
    {
        var tokens = new List<Token>(16);
        int at = SkipBlanks(text, 0);
        while (at < text.Length)
        {
            Token token = Next(text, at, kind);
            tokens.Add(token);
            at = SkipBlanks(text, token.End);
        }

        tokens.Add(new Token(TokenKind.End, text.Length, 0));
        return [.. tokens];
    }

    private static Token Next(string text, int at, ExpressionKind kind)
    {
        char c = text[at];
        char next = at + 1 < text.Length ? text[at + 1] : '\0';
        return c switch
        {
            '#' => Placeholder(text, at, TokenKind.NamePlaceholder),
            ':' => Placeholder(text, at, TokenKind.ValuePlaceholder),
            '(' => new Token(TokenKind.LeftParenthesis, at, 1),
            ')' => new Token(TokenKind.RightParenthesis, at, 1),
            '[' => new Token(TokenKind.LeftBracket, at, 1),
            ']' => new Token(TokenKind.RightBracket, at, 1),
            '.' => new Token(TokenKind.Dot, at, 1),
            ',' => new Token(TokenKind.Comma, at, 1),
            '+' => new Token(TokenKind.Plus, at, 1),
            '-' => new Token(TokenKind.Minus, at, 1),
            '=' => new Token(TokenKind.Equal, at, 1),
            '<' when next == '>' => new Token(TokenKind.NotEqual, at, 2),
            '<' when next == '=' => new Token(TokenKind.LessOrEqual, at, 2),
            '<' => new Token(TokenKind.Less, at, 1),
            '>' when next == '=' => new Token(TokenKind.GreaterOrEqual, at, 2),
            '>' => new Token(TokenKind.Greater, at, 1),
            _ when char.IsAsciiDigit(c) => new Token(TokenKind.Digits, at, RunLength(text, at, char.IsAsciiDigit)),
            _ when char.IsAsciiLetter(c) => Word(text, at, kind),
            _ => new Token(TokenKind.Other, at, char.IsSurrogatePair(c, next) ? 2 : 1),
        };
    }

    private static Token Placeholder(string text, int at, TokenKind kind)
    {
        int length = RunLength(text, at + 1, IsNamePart);
        return new Token(length == 0 ? TokenKind.Other : kind, at, 1 + length);
    }

    private static Token Word(string text, int at, ExpressionKind kind)
    {
        int length = RunLength(text, at, IsNamePart);
        ReadOnlySpan<char> word = text.AsSpan(at, length);
        TokenKind token = kind switch
        {
            ExpressionKind.Projection => TokenKind.Identifier,
            ExpressionKind.Update => UpdateKeyword(word),
            _ => ConditionKeyword(word),
        };
        return new Token(token, at, length);
    }

    private static TokenKind UpdateKeyword(ReadOnlySpan<char> word)
        => Is(word, "SET") ? TokenKind.Set
            : Is(word, "REMOVE") ? TokenKind.Remove
            : Is(word, "ADD") ? TokenKind.Add
            : Is(word, "DELETE") ? TokenKind.Delete
            : TokenKind.Identifier;

    private static TokenKind ConditionKeyword(ReadOnlySpan<char> word)
        => Is(word, "AND") ? TokenKind.And
            : Is(word, "OR") ? TokenKind.Or
            : Is(word, "NOT") ? TokenKind.Not
            : Is(word, "BETWEEN") ? TokenKind.Between
            : Is(word, "IN") ? TokenKind.In
            : TokenKind.Identifier;

    private static bool Is(ReadOnlySpan<char> word, string keyword) => word.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static int RunLength(string text, int at, Func<char, bool> belongs)
    {
        int end = at;
        while (end < text.Length && belongs(text[end]))
        {
            end++;
        }

        return end - at;
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '\t' or '\r' or '\n')
        {
            at++;
        }

        return at;
    }
}
