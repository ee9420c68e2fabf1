namespace Keystone.Model.Expressions;

/// <summary>
/// The refusals of expressions, in DynamoDB's words, which callers compare. All are <see cref="KeystoneErrorCode.ValidationFailed"/>.
/// </summary>
internal static class ExpressionError
{
    public static string NameOf(ExpressionKind kind) => kind switch
    {
        ExpressionKind.Condition => "ConditionExpression",
        ExpressionKind.Filter => "FilterExpression",
        ExpressionKind.KeyCondition => "KeyConditionExpression",
        ExpressionKind.Update => "UpdateExpression",
        _ => "ProjectionExpression",
    };

    public static KeystoneException Of(ExpressionKind kind, string what)
        => KeystoneException.Validation($"Invalid {NameOf(kind)}: {what}");

    public static KeystoneException Empty(ExpressionKind kind) => Of(kind, "The expression can not be empty;");

    public static KeystoneException TooLong(ExpressionKind kind, int bytes)
        => Of(kind, $"Expression size has exceeded the maximum allowed size; expression size: {bytes}");

    public static KeystoneException Syntax(ExpressionKind kind, string token, string near)
        => Of(kind, $"Syntax error; token: \"{token}\", near: \"{near}\"");

    public static KeystoneException TooManyOperators(ExpressionKind kind, int count)
        => Of(kind, $"The expression contains too many operators; operator count: {count}");

    public static KeystoneException TooManyInOperands(ExpressionKind kind, int count)
        => Of(kind, $"The IN operator is provided with too many operands; number of operands: {count}");

    public static KeystoneException RedundantParentheses(ExpressionKind kind)
        => Of(kind, "The expression has redundant parentheses;");

    public static KeystoneException UnknownFunction(ExpressionKind kind, string name)
        => Of(kind, $"Invalid function name; function: {name}");

    public static KeystoneException MisusedFunction(ExpressionKind kind, string name)
        => Of(kind, $"The function is not allowed to be used this way in an expression; function: {name}");

    public static KeystoneException Reserved(ExpressionKind kind, string word)
        => Of(kind, $"Attribute name is a reserved keyword; reserved keyword: {word}");

    public static KeystoneException RepeatedSection(ExpressionKind kind, string section)
        => Of(kind, $"The \"{section}\" section can only be used once in an update expression;");

    public static KeystoneException PathTooDeep(ExpressionKind kind, int levels)
        => Of(kind, $"The document path has too many nesting levels; nesting levels: {levels}");

    public static KeystoneException IndexTooGreat(ExpressionKind kind, string digits)
        => Of(kind, $"List index is not within the allowable range; index: [{digits}]");

    public static KeystoneException UndefinedName(ExpressionKind kind, string name)
        => Of(kind, $"An expression attribute name used in the document path is not defined; attribute name: {name}");

    public static KeystoneException UndefinedValue(ExpressionKind kind, string value)
        => Of(kind, $"An expression attribute value used in expression is not defined; attribute value: {value}");

    public static KeystoneException OperandCount(ExpressionKind kind, string function, int count)
        => Of(kind, "Incorrect number of operands for operator or function; "
            + $"operator or function: {function}, number of operands: {count}");

    public static KeystoneException OperandType(ExpressionKind kind, string function, string type)
        => Of(kind, $"Incorrect operand type for operator or function; operator or function: {function}, operand type: {type}");

    public static KeystoneException ClauseType(ExpressionKind kind, string clause, string type)
        => Of(kind, $"Incorrect operand type for operator or function; operator: {clause}, operand type: {type}");

    public static KeystoneException PathRequired(ExpressionKind kind, string function)
        => Of(kind, $"Operator or function requires a document path; operator or function: {function}");

    public static KeystoneException NotDistinct(ExpressionKind kind, string function, string path)
        => Of(kind, "The first operand must be distinct from the remaining operands for this operator or function; "
            + $"operator: {function}, first operand: {path}");

    public static KeystoneException Overlap(ExpressionKind kind, string first, string second)
        => Of(kind, "Two document paths overlap with each other; must remove or rewrite one of these paths; "
            + $"path one: {first}, path two: {second}");

    public static KeystoneException Conflict(ExpressionKind kind, string first, string second)
        => Of(kind, "Two document paths conflict with each other; must remove or rewrite one of these paths; "
            + $"path one: {first}, path two: {second}");

    public static KeystoneException PathInvalidForUpdate()
        => KeystoneException.Validation("The document path provided in the update expression is invalid for update");

    public static KeystoneException ItemTooLarge()
        => KeystoneException.Validation("Item size to update has exceeded the maximum allowed size");

    public static KeystoneException OperandMissing()
        => KeystoneException.Validation("The provided expression refers to an attribute that does not exist in the item");

    public static KeystoneException OperandMismatch()
        => KeystoneException.Validation("An operand in the update expression has an incorrect data type");
}
