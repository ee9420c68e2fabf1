using Keystone.Model.Items;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>
/// What Expected says of one attribute: a comparison with values, or only that it exists with a value, or that it does not exist.
/// </summary>
public sealed record ExpectedAttribute
{
    /// <summary>The comparison, or null.</summary>
    public LegacyOperator? Operator { get; init; }

    /// <summary>What the attribute is compared with: AttributeValueList, or null.</summary>
    public IReadOnlyList<AttributeValue>? Values { get; init; }

    /// <summary>The one value that it is compared with, or null.</summary>
    public AttributeValue? Value { get; init; }

    /// <summary>Whether the attribute must exist; null counts as true.</summary>
    public bool? Exists { get; init; }

    /// <summary>
    /// The same as a condition. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the members contradict each other.
    /// </summary>
    internal LegacyCondition ToCondition(string attribute)
    {
        if (Values is not null && Value is not null)
        {
            throw LegacyCondition.Invalid($"Value and AttributeValueList cannot be used together for Attribute: {attribute}");
        }

        return Operator is { } comparison ? Comparing(comparison, attribute) : Existing(attribute);
    }

    private LegacyCondition Comparing(LegacyOperator comparison, string attribute)
    {
        if (Exists is not null)
        {
            throw LegacyCondition.Invalid($"Exists and ComparisonOperator cannot be used together for Attribute: {attribute}");
        }

        if (Values is null && Value is null && comparison is not (LegacyOperator.Null or LegacyOperator.NotNull))
        {
            throw LegacyCondition.Invalid(
                "Value or AttributeValueList must be used with ComparisonOperator: "
                + $"{LegacyOperators.NameOf(comparison)} for Attribute: {attribute}");
        }

        return new LegacyCondition(comparison, Values ?? (Value is null ? [] : [Value]));
    }

    private LegacyCondition Existing(string attribute)
    {
        if (Values is not null)
        {
            throw LegacyCondition.Invalid($"AttributeValueList can only be used with a ComparisonOperator for Attribute: {attribute}");
        }

        if (Exists == false)
        {
            return Value is null
                ? new LegacyCondition(LegacyOperator.Null)
                : throw LegacyCondition.Invalid($"Value cannot be used when Exists is false for Attribute: {attribute}");
        }

        string exists = Exists is null ? "null" : "true";
        return Value is null
            ? throw LegacyCondition.Invalid($"Value must be provided when Exists is {exists} for Attribute: {attribute}")
            : new LegacyCondition(LegacyOperator.Equal, Value);
    }
}
