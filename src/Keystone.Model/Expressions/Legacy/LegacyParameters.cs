using Keystone.Model.Requests;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>
/// The parameters that requests had before there were expressions, as the expressions that mean the same. What enters: the parameters by
/// attribute. What leaves: bound expressions, or null where a parameter is empty and so asks for nothing. Refusals are DynamoDB's:
/// <see cref="KeystoneErrorCode.ValidationFailed"/>.
/// </summary>
public static class LegacyParameters
{
    /// <summary>QueryFilter or ScanFilter: all conditions must hold, or one of them.</summary>
    public static ConditionExpression? Filter(IReadOnlyDictionary<string, LegacyCondition> conditions, bool isAnyEnough = false)
        => Join(conditions, isAnyEnough, ExpressionKind.Filter);

    /// <summary>Expected: all conditions must hold, or one of them.</summary>
    public static ConditionExpression? Expected(IReadOnlyDictionary<string, ExpectedAttribute> expected, bool isAnyEnough = false)
        => Join(
            expected.Select(each => KeyValuePair.Create(each.Key, each.Value.ToCondition(each.Key))),
            isAnyEnough,
            ExpressionKind.Condition);

    /// <summary>KeyConditions.</summary>
    public static KeyConditionExpression KeyConditions(IReadOnlyDictionary<string, LegacyCondition> conditions)
    {
        var terms = new Dictionary<string, SortKeyCondition?>(StringComparer.Ordinal);
        foreach ((string attribute, LegacyCondition condition) in conditions)
        {
            condition.Require();
            terms.Add(attribute, KeyTerm(condition));
        }

        return new KeyConditionExpression(() => terms);
    }

    /// <summary>AttributeUpdates.</summary>
    public static UpdateExpression AttributeUpdates(IReadOnlyDictionary<string, LegacyUpdate> updates)
    {
        var syntax = new LegacySyntax();
        var clauses = new List<UpdateClause>();
        foreach ((string attribute, LegacyUpdate update) in updates)
        {
            update.Require();
            clauses.Add(syntax.ClauseOn(attribute, update));
        }

        UpdateClause[] all = [.. clauses];
        return UpdateExpression.OfAttributes(syntax.Bind(all), all);
    }

    /// <summary>AttributesToGet.</summary>
    public static ProjectionExpression AttributesToGet(IReadOnlyList<string> attributes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? repeated = attributes.FirstOrDefault(attribute => !seen.Add(attribute));
        if (repeated is not null)
        {
            throw LegacyCondition.Invalid($"Duplicate value in attribute name: {repeated}");
        }

        var syntax = new LegacySyntax();
        PathNode[] paths = [.. attributes.Select(syntax.Path)];
        return new ProjectionExpression(syntax.Bind(paths), paths);
    }

    /// <summary>
    /// Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if a request has a ConditionalOperator and not two conditions to join.
    /// </summary>
    public static void RequireConditionalOperator(bool isGiven, int conditions)
    {
        if (isGiven && conditions < 2)
        {
            throw KeystoneException.Validation(conditions == 0
                ? "ConditionalOperator cannot be used without Filter or Expected"
                : "ConditionalOperator can only be used when Filter or Expected has two or more elements");
        }
    }

    private static ConditionExpression? Join(
        IEnumerable<KeyValuePair<string, LegacyCondition>> conditions, bool isAnyEnough, ExpressionKind kind)
    {
        var syntax = new LegacySyntax();
        var terms = new List<ConditionNode>();
        foreach ((string attribute, LegacyCondition condition) in conditions)
        {
            condition.Require();
            terms.Add(syntax.ConditionOn(attribute, condition));
        }

        if (terms.Count == 0)
        {
            return null;
        }

        ConditionNode root = terms.Count == 1 ? terms[0] : isAnyEnough ? new OrNode([.. terms]) : new AndNode([.. terms]);
        return new ConditionExpression(syntax.Bind(root), root, kind);
    }

    /// <summary>The condition as one of a key; null for an operator that no key can be found by.</summary>
    private static SortKeyCondition? KeyTerm(LegacyCondition condition) => condition.Operator switch
    {
        LegacyOperator.Equal => SortKeyCondition.EqualTo(condition.Values[0]),
        LegacyOperator.LessOrEqual => SortKeyCondition.LessThanOrEqualTo(condition.Values[0]),
        LegacyOperator.Less => SortKeyCondition.LessThan(condition.Values[0]),
        LegacyOperator.GreaterOrEqual => SortKeyCondition.GreaterThanOrEqualTo(condition.Values[0]),
        LegacyOperator.Greater => SortKeyCondition.GreaterThan(condition.Values[0]),
        LegacyOperator.BeginsWith => SortKeyCondition.BeginsWith(condition.Values[0]),
        LegacyOperator.Between => SortKeyCondition.Between(condition.Values[0], condition.Values[1]),
        _ => null,
    };
}
