using Keystone.Model.Items;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>What DynamoDB calls the operators, and what values they take.</summary>
public static class LegacyOperators
{
    private static readonly (LegacyOperator Operator, string Name)[] Names =
    [
        (LegacyOperator.Equal, "EQ"),
        (LegacyOperator.NotEqual, "NE"),
        (LegacyOperator.LessOrEqual, "LE"),
        (LegacyOperator.Less, "LT"),
        (LegacyOperator.GreaterOrEqual, "GE"),
        (LegacyOperator.Greater, "GT"),
        (LegacyOperator.NotNull, "NOT_NULL"),
        (LegacyOperator.Null, "NULL"),
        (LegacyOperator.Contains, "CONTAINS"),
        (LegacyOperator.NotContains, "NOT_CONTAINS"),
        (LegacyOperator.BeginsWith, "BEGINS_WITH"),
        (LegacyOperator.In, "IN"),
        (LegacyOperator.Between, "BETWEEN"),
    ];

    /// <summary>The operator of a name as it stands in requests; null if there is none.</summary>
    public static LegacyOperator? Find(string name)
    {
        int index = Array.FindIndex(Names, pair => pair.Name == name);
        return index < 0 ? null : Names[index].Operator;
    }

    /// <summary>The name of an operator as it stands in requests.</summary>
    public static string NameOf(LegacyOperator comparison) => Names[(int)comparison].Name;

    internal static bool TakesCount(LegacyOperator comparison, int count) => comparison switch
    {
        LegacyOperator.Null or LegacyOperator.NotNull => count == 0,
        LegacyOperator.In => count > 0 && count <= ExpressionLimits.Default.InOperandsMax,
        LegacyOperator.Between => count == 2,
        _ => count == 1,
    };

    internal static bool TakesType(LegacyOperator comparison, AttributeKind type) => comparison switch
    {
        LegacyOperator.Equal or LegacyOperator.NotEqual => true,
        LegacyOperator.BeginsWith => type is AttributeKind.String or AttributeKind.Binary,
        LegacyOperator.Contains or LegacyOperator.NotContains
            => ValueOrder.IsOrdered(type) || type is AttributeKind.Boolean or AttributeKind.Null,
        _ => ValueOrder.IsOrdered(type),
    };
}
