using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Requests;
using Keystone.Orleans.Client.Wire;

namespace Keystone.Orleans.Client.Translation;

/// <summary>
/// Expressions between the model and the wire, both ways. The names and the values of placeholders travel as one encoded item
/// each. A condition expression of a put or a delete stands in a condition of its own kind: a silo that does not know it refuses the write.
/// </summary>
internal static class ExpressionShapes
{
    /// <summary>The condition of a put or a delete.</summary>
    public static Condition? WriteCondition(WriteCondition? condition, WriteExpressions? expressions)
    {
        if (expressions is null)
        {
            return CallWriter.Write(condition);
        }

        return condition is null
            ? new Condition { Kind = (byte)WriteConditionKind.Expression, Expressions = Write(expressions) }
            : throw KeystoneException.Validation("A write has a Condition or a ConditionExpression, not both: leave one of them out");
    }

    /// <summary>The expressions of a put or a delete, or null.</summary>
    public static WriteExpressions? ReadCondition(Condition? condition)
    {
        if (condition is not { Kind: (byte)WriteConditionKind.Expression })
        {
            return null;
        }

        return Read(condition.Expressions, isOfUpdate: false);
    }

    public static Expressions Write(WriteExpressions expressions) => new()
    {
        Condition = expressions.Condition,
        Update = expressions.Update,
        Names = Write(expressions.Names, static name => AttributeValue.String(name)),
        Values = Write(expressions.Values, static value => value),
    };

    /// <summary>Null is what nobody who knows the contract sends. Throws <see cref="KeystoneException"/> for what is no request.</summary>
    public static WriteExpressions Read(Expressions? expressions, bool isOfUpdate) => expressions is null
        ? throw KeystoneException.Validation("The call lacks the expressions of its write; it was not made by a Keystone client")
        : new WriteExpressions
        {
            IsOfUpdate = isOfUpdate,
            Condition = expressions.Condition,
            Update = isOfUpdate ? expressions.Update : null,
            Names = ReadNames(expressions.Names),
            Values = Read(expressions.Values),
        };

    /// <summary>The expressions of a read.</summary>
    public static Expressions? Write(ReadExpressions? expressions) => expressions is null ? null : new Expressions
    {
        KeyCondition = expressions.KeyCondition,
        Filter = expressions.Filter,
        Projection = expressions.Projection,
        CountOnly = expressions.CountOnly,
        Names = Write(expressions.Names, static name => AttributeValue.String(name)),
        Values = Write(expressions.Values, static value => value),
    };

    /// <summary>Throws <see cref="KeystoneException"/> for what is no request.</summary>
    public static ReadExpressions? Read(Expressions? expressions, ReadKind kind) => expressions is null ? null : new ReadExpressions
    {
        Kind = kind,
        KeyCondition = expressions.KeyCondition,
        Filter = expressions.Filter,
        Projection = expressions.Projection,
        CountOnly = expressions.CountOnly,
        Names = ReadNames(expressions.Names),
        Values = Read(expressions.Values),
    };

    /// <summary>
    /// Throws when somebody answered who does not know the expressions of reads, or indexes: what was answered is more than was asked for.
    /// </summary>
    public static void RequireApplied(bool isAsked, bool hasApplied)
    {
        if (isAsked && !hasApplied)
        {
            throw new KeystoneException(
                KeystoneErrorCode.NotSupported,
                "The silo that answered does not know this kind of read, by expressions or of an index: it is older than whoever "
                + "asked. Upgrade the silo.");
        }
    }

    public static ReturnValues ReadReturn(byte asked) => asked <= (byte)ReturnValues.UpdatedNew
        ? (ReturnValues)asked
        : throw new KeystoneException(
            KeystoneErrorCode.NotSupported,
            $"The call asks for attributes of the kind {asked}, which this silo does not know. Upgrade the silo.");

    private static Dictionary<string, string>? ReadNames(Blob names)
        => Read(names)?.ToDictionary(entry => entry.Key, entry => NameOf(entry.Value), StringComparer.Ordinal);

    private static string NameOf(AttributeValue value) => value.Kind == AttributeKind.String
        ? value.AsString()
        : throw KeystoneException.Validation("A placeholder of a name stands for no text; the call was not made by a Keystone client");

    private static Blob Write<T>(IReadOnlyDictionary<string, T>? entries, Func<T, AttributeValue> toValue)
    {
        if (entries is null)
        {
            return default;
        }

        var item = new ItemBuilder();
        foreach ((string placeholder, T entry) in entries)
        {
            item.Set(placeholder, toValue(entry));
        }

        return CallWriter.Write(item.Build().Encode());
    }

    /// <summary>Whoever sent the bytes is not trusted to have sent an item.</summary>
    private static Item? Read(Blob entries) => entries.IsEmpty ? null : EncodedItem.Parse(entries.Bytes).ToItem();
}
