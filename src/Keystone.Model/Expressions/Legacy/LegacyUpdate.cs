using Keystone.Model.Items;

namespace Keystone.Model.Expressions.Legacy;

/// <summary>What AttributeUpdates does to one attribute.</summary>
/// <param name="Action">The action; PUT where the request names none.</param>
/// <param name="Value">The new value, or what is added or deleted; null deletes the attribute.</param>
public sealed record LegacyUpdate(LegacyAction Action, AttributeValue? Value)
{
    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the action does not take this value.</summary>
    internal void Require()
    {
        if (Value is null)
        {
            if (Action != LegacyAction.Delete)
            {
                throw LegacyCondition.Invalid("Only DELETE action is allowed when no attribute value is specified");
            }

            return;
        }

        bool isSet = Value.Kind is AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet;
        if (Action == LegacyAction.Delete && !isSet)
        {
            throw LegacyCondition.Invalid(
                $"DELETE action with value is not supported for the type {DynamoJsonTypes.NameOf(Value.Kind)}");
        }

        if (Action == LegacyAction.Add && !isSet && Value.Kind is not (AttributeKind.Number or AttributeKind.List))
        {
            throw LegacyCondition.Invalid($"ADD action is not supported for the type {DynamoJsonTypes.NameOf(Value.Kind)}");
        }
    }
}

/// <summary>The actions of AttributeUpdates.</summary>
public enum LegacyAction
{
    /// <summary>PUT: sets the attribute.</summary>
    Put,

    /// <summary>ADD: adds a number, members of a set, or elements at the end of a list.</summary>
    Add,

    /// <summary>DELETE: deletes members of a set, or the attribute.</summary>
    Delete,
}
