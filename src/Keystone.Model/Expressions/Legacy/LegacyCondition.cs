using Keystone.Model.Items;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>What QueryFilter, ScanFilter and KeyConditions say of one attribute.</summary>
/// <param name="Operator">The comparison: ComparisonOperator.</param>
/// <param name="Values">What the attribute is compared with: AttributeValueList.</param>
public sealed record LegacyCondition(LegacyOperator Operator, params IReadOnlyList<AttributeValue> Values)
{
    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the operator does not take these values.</summary>
    internal void Require()
    {
        string name = LegacyOperators.NameOf(Operator);
        if (!LegacyOperators.TakesCount(Operator, Values.Count))
        {
            throw Invalid($"Invalid number of argument(s) for the {name} ComparisonOperator");
        }

        if (Values.Any(value => value.Kind != Values[0].Kind))
        {
            throw Invalid("AttributeValues inside AttributeValueList must be of same type");
        }

        foreach (AttributeValue value in Values)
        {
            if (!LegacyOperators.TakesType(Operator, value.Kind))
            {
                throw Invalid($"ComparisonOperator {name} is not valid for {DynamoJsonTypes.NameOf(value.Kind)} AttributeValue type");
            }
        }

        if (Operator == LegacyOperator.Between && ValueOrder.Compare(Values[0], Values[1]) > 0)
        {
            throw KeystoneException.Validation(
                "The BETWEEN condition was provided a range where the lower bound is greater than the upper bound");
        }
    }

    internal static KeystoneException Invalid(string what)
        => KeystoneException.Validation($"One or more parameter values were invalid: {what}");
}
