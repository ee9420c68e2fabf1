namespace Keystone.Model.Expressions;

/// <summary>One word or sign of an expression, by its place in the text.</summary>
internal readonly record struct Token(TokenKind Kind, int Start, int Length)
{
    public int End => Start + Length;
}

internal enum TokenKind : byte
{
    End,
    Other,
    Identifier,
    NamePlaceholder,
    ValuePlaceholder,
    Digits,
    LeftParenthesis,
    RightParenthesis,
    LeftBracket,
    RightBracket,
    Dot,
    Comma,
    Plus,
    Minus,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Not,
    Between,
    In,
    Set,
    Remove,
    Add,
    Delete,
}
