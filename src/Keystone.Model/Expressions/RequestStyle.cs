namespace Keystone.Model.Expressions;

/// <summary>
/// A request is written with expressions or with the older parameters, not with both; and placeholders need an expression. Checked before
/// anything in them, with the names of parameters in the order in which DynamoDB lists them.
/// </summary>
public static class RequestStyle
{
    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if a request has parameters of both styles.</summary>
    public static void RequireOne(IReadOnlyCollection<string> olderParameters, IReadOnlyCollection<string> expressionParameters)
    {
        if (olderParameters.Count > 0 && expressionParameters.Count > 0)
        {
            throw KeystoneException.Validation(
                "Can not use both expression and non-expression parameters in the same request: "
                + $"Non-expression parameters: {{{string.Join(", ", olderParameters)}}} "
                + $"Expression parameters: {{{string.Join(", ", expressionParameters)}}}");
        }
    }

    /// <summary>
    /// Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if a request has names without any expression, or values without any of the
    /// expressions that its operation knows and that can have values.
    /// </summary>
    public static void RequireExpressions(
        bool hasNames, bool hasValues, bool hasExpression, bool hasExpressionWithValues, IReadOnlyCollection<string> valueParameters)
    {
        if (hasNames && !hasExpression)
        {
            throw KeystoneException.Validation("ExpressionAttributeNames can only be specified when using expressions");
        }

        if (hasValues && !hasExpressionWithValues)
        {
            throw KeystoneException.Validation(
                "ExpressionAttributeValues can only be specified when using expressions: "
                + $"{string.Join(" and ", valueParameters)} {(valueParameters.Count > 1 ? "are" : "is")} null");
        }
    }
}
