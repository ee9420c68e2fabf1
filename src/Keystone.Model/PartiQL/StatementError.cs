namespace Keystone.Model.PartiQL;

/// <summary>
/// What is wrong with a statement, in DynamoDB's words where it has some. All are <see cref="KeystoneErrorCode.ValidationFailed"/>.
/// Source: the messages that DynamoDB answers, as its users and their test suites have recorded them.
/// </summary>
internal static class StatementError
{
    public const string NoKeyInWrite = "Where clause does not contain a mandatory equality on all key attributes";

    public static KeystoneException NotWellFormed(string what)
        => KeystoneException.Validation($"Statement wasn't well formed, can't be processed: {what}");

    public static KeystoneException Unexpected(StatementToken token, string expected)
        => NotWellFormed(token.Kind == StatementTokenKind.End
            ? $"Expected {expected}, but the statement ends"
            : $"Expected {expected} at {token.Place}, but found {token.Text}");

    public static KeystoneException UnknownFunction(StatementToken name)
        => KeystoneException.Validation($"Unrecognized function: {name.Text.ToLowerInvariant()} at {name.Place}");

    public static KeystoneException NotOffered(string what)
        => KeystoneException.Validation($"Unsupported statement: {what}");

    public static KeystoneException ParameterCount()
        => KeystoneException.Validation("Number of parameters in request and statement don't match.");
}
