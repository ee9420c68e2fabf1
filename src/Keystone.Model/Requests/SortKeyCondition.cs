using Keystone.Model.Items;
using Keystone.Model.Keys;

namespace Keystone.Model.Requests;

/// <summary>Which sort keys of a partition a query is about.</summary>
public sealed record SortKeyCondition
{
    /// <summary>A condition; the factory methods read better. The upper bound is for <see cref="SortKeyOperator.Between"/> only.</summary>
    public SortKeyCondition(SortKeyOperator comparison, AttributeValue value, AttributeValue? upper = null)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (comparison is < SortKeyOperator.EqualTo or > SortKeyOperator.BeginsWith
            || (comparison == SortKeyOperator.Between) != (upper is not null))
        {
            throw KeystoneException.Validation($"The sort key condition {(byte)comparison} is unknown or has a wrong count of values");
        }

        Operator = comparison;
        Value = value;
        Upper = upper;
    }

    /// <summary>The comparison.</summary>
    public SortKeyOperator Operator { get; }

    /// <summary>What the sort key is compared with; the lower bound of a range.</summary>
    public AttributeValue Value { get; }

    /// <summary>The upper bound of a range, or null.</summary>
    public AttributeValue? Upper { get; }

    /// <summary>The sort key is the value.</summary>
    public static SortKeyCondition EqualTo(AttributeValue value) => new(SortKeyOperator.EqualTo, value);

    /// <summary>The sort key is below the value.</summary>
    public static SortKeyCondition LessThan(AttributeValue value) => new(SortKeyOperator.LessThan, value);

    /// <summary>The sort key is the value or below it.</summary>
    public static SortKeyCondition LessThanOrEqualTo(AttributeValue value) => new(SortKeyOperator.LessThanOrEqualTo, value);

    /// <summary>The sort key is above the value.</summary>
    public static SortKeyCondition GreaterThan(AttributeValue value) => new(SortKeyOperator.GreaterThan, value);

    /// <summary>The sort key is the value or above it.</summary>
    public static SortKeyCondition GreaterThanOrEqualTo(AttributeValue value) => new(SortKeyOperator.GreaterThanOrEqualTo, value);

    /// <summary>The sort key is one of the bounds or between them.</summary>
    public static SortKeyCondition Between(AttributeValue lower, AttributeValue upper) => new(SortKeyOperator.Between, lower, upper);

    /// <summary>The sort key, text or bytes, starts with the value.</summary>
    public static SortKeyCondition BeginsWith(AttributeValue prefix) => new(SortKeyOperator.BeginsWith, prefix);

    /// <summary>
    /// The condition as bounds of bytes. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the table has no sort key or one of
    /// another type.
    /// </summary>
    public SortKeyRange ToRange(KeySchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (schema.Sort is null)
        {
            throw KeystoneException.Validation("Query key condition not supported: the table has no sort key");
        }

        SortKeyRange range = Operator switch
        {
            SortKeyOperator.EqualTo => SortKeyRange.EqualTo(Value),
            SortKeyOperator.LessThan => SortKeyRange.LessThan(Value),
            SortKeyOperator.LessThanOrEqualTo => SortKeyRange.LessThanOrEqualTo(Value),
            SortKeyOperator.GreaterThan => SortKeyRange.GreaterThan(Value),
            SortKeyOperator.GreaterThanOrEqualTo => SortKeyRange.GreaterThanOrEqualTo(Value),
            SortKeyOperator.Between => SortKeyRange.Between(Value, Upper!),
            _ => SortKeyRange.BeginsWith(Value),
        };
        return range.Type == schema.Sort.Type
            ? range
            : throw KeystoneException.Validation(
                "One or more parameter values were invalid: Condition parameter type does not match schema type");
    }
}
