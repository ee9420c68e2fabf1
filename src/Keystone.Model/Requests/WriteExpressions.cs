using Keystone.Model.Expressions;
using Keystone.Model.Items;

namespace Keystone.Model.Requests;

/// <summary>
/// The expressions of one write as its caller wrote them, with what their placeholders stand for. They travel as they are written; whoever
/// uses them binds them, so that the owner of an item trusts nobody to have checked them. Bound once in a process: all threads get
/// expressions that say the same.
/// </summary>
public sealed class WriteExpressions
{
    private static readonly string[] PutParameters = ["ConditionExpression"];
    private static readonly string[] UpdateParameters = ["UpdateExpression", "ConditionExpression"];

    private volatile BoundExpressions? _bound;

    /// <summary>Whether they are those of an update, which may also be without any.</summary>
    public bool IsOfUpdate { get; init; }

    /// <summary>What is to be changed; null means nothing, and is all that a put or a delete may have.</summary>
    public string? Update { get; init; }

    /// <summary>What must hold for the write to happen; null means nothing.</summary>
    public string? Condition { get; init; }

    /// <summary>What stands for a name, by placeholder; null means that there is none.</summary>
    public IReadOnlyDictionary<string, string>? Names { get; init; }

    /// <summary>What stands for a value, by placeholder; null means that there is none.</summary>
    public IReadOnlyDictionary<string, AttributeValue>? Values { get; init; }

    /// <summary>The expressions of a put or a delete, or null if it has neither expression nor placeholders.</summary>
    public static WriteExpressions? OfCondition(
        string? condition, IReadOnlyDictionary<string, string>? names, IReadOnlyDictionary<string, AttributeValue>? values)
        => condition is null && names is null && values is null
            ? null
            : new WriteExpressions { Condition = condition, Names = names, Values = values };

    /// <summary>
    /// The expressions, after every check that needs no table, in DynamoDB's order. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/>.
    /// </summary>
    public BoundExpressions Bind(ExpressionCache cache) => _bound ??= Check(cache);

    private BoundExpressions Check(ExpressionCache cache)
    {
        bool hasExpression = Update is not null || Condition is not null;
        RequestStyle.RequireExpressions(
            Names is not null, Values is not null, hasExpression, hasExpression, IsOfUpdate ? UpdateParameters : PutParameters);
        var scope = new ExpressionScope(cache, Names, Values);
        UpdateExpression? update = Update is null ? null : scope.Update(Update);
        ConditionExpression? condition = Condition is null ? null : scope.Condition(Condition);
        scope.RequireAllUsed();
        return new BoundExpressions(update, condition);
    }
}
