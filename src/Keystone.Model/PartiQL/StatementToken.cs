namespace Keystone.Model.PartiQL;

/// <summary>One word, literal or sign of a statement, and where it stands.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">What it says: a name without its quotes, a text with its escapes taken out, a sign as it is.</param>
/// <param name="Line">The line, from 1.</param>
/// <param name="Column">The character of the line, from 1.</param>
/// <param name="Length">How many characters it takes.</param>
internal readonly record struct StatementToken(StatementTokenKind Kind, string Text, int Line, int Column, int Length)
{
    /// <summary>The place as DynamoDB's messages show it.</summary>
    public string Place => $"{Line}:{Column}:{Length}";

    /// <summary>Whether it is this keyword: one without quotes, in whatever case.</summary>
    public bool Is(string keyword) => Kind == StatementTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    public bool IsSign(string sign) => Kind == StatementTokenKind.Sign && Text == sign;
}

internal enum StatementTokenKind : byte
{
    End,
    Word,
    QuotedName,
    Text,
    Number,
    Parameter,
    Sign,
}
