namespace Keystone.Model.Expressions;

/// <summary>The functions of conditions and of updates. Their names have case.</summary>
internal static class FunctionNames
{
    /// <summary>The function of a name in an expression of this kind, or <see cref="ExpressionFunction.Unknown"/>.</summary>
    public static ExpressionFunction Find(string name, ExpressionKind kind)
        => kind == ExpressionKind.Update
            ? name switch
            {
                "if_not_exists" => ExpressionFunction.IfNotExists,
                "list_append" => ExpressionFunction.ListAppend,
                _ => ExpressionFunction.Unknown,
            }
            : name switch
            {
                "attribute_exists" => ExpressionFunction.AttributeExists,
                "attribute_not_exists" => ExpressionFunction.AttributeNotExists,
                "attribute_type" => ExpressionFunction.AttributeType,
                "begins_with" => ExpressionFunction.BeginsWith,
                "contains" => ExpressionFunction.Contains,
                "size" => ExpressionFunction.Size,
                _ => ExpressionFunction.Unknown,
            };

    public static int ArgumentCountOf(ExpressionFunction function)
        => function is ExpressionFunction.AttributeExists or ExpressionFunction.AttributeNotExists or ExpressionFunction.Size ? 1 : 2;
}
