using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Schema;

namespace Keystone.Model.PartiQL;

/// <summary>
/// One item by its key, and what else a statement says of it, as expressions. What always holds: every term that is not the key is part of
/// the condition.
/// </summary>
internal sealed record WritePlan
{
    public required string TableName { get; init; }

    public ItemKey Key { get; init; }

    public string? Condition { get; init; }

    public string? Update { get; init; }

    public required ExpressionWriter Writer { get; init; }

    /// <summary>The plan of an insert: nothing may have the key.</summary>
    public static WritePlan Of(InsertStatement insert, TableDefinition table)
    {
        var writer = new ExpressionWriter();
        string condition = writer.Condition(Exists(table, "attribute_not_exists"));
        return new WritePlan { TableName = insert.TableName, Writer = writer, Condition = condition };
    }

    /// <summary>The plan of an update: the item has to be there.</summary>
    public static WritePlan Of(UpdateStatement update, TableDefinition table)
    {
        var writer = new ExpressionWriter();
        string changes = string.Join(' ', update.Changes
            .GroupBy(change => change.Section, StringComparer.Ordinal)
            .Select(section => $"{section.Key} {string.Join(", ", section.Select(change => Write(change, writer)))}"));
        (ItemKey key, Term? rest) = KeyOf(update.Where, table.Key);
        Term exists = Exists(table, "attribute_exists");
        return new WritePlan
        {
            TableName = update.TableName,
            Key = key,
            Update = changes,
            Condition = writer.Condition(rest is null ? exists : new AndTerm([exists, rest])),
            Writer = writer,
        };
    }

    /// <summary>The plan of a delete: an item that is not there is deleted already.</summary>
    public static WritePlan Of(DeleteStatement delete, TableDefinition table)
    {
        var writer = new ExpressionWriter();
        (ItemKey key, Term? rest) = KeyOf(delete.Where, table.Key);
        return new WritePlan
        {
            TableName = delete.TableName,
            Key = key,
            Condition = rest is null ? null : writer.Condition(new OrTerm([Exists(table, "attribute_not_exists"), rest])),
            Writer = writer,
        };
    }

    /// <summary>The plan of a condition: the item has to be there, and more has to be asked of it.</summary>
    public static WritePlan Of(ExistsStatement exists, TableDefinition table)
    {
        var writer = new ExpressionWriter();
        (ItemKey key, Term? rest) = KeyOf(exists.Where, table.Key);
        return rest is null
            ? throw KeystoneException.Validation("EXISTS() must contain a single item read with additional condition")
            : new WritePlan { TableName = exists.TableName, Key = key, Condition = writer.Condition(rest), Writer = writer };
    }

    /// <summary>
    /// The key that a WHERE clause gives, and the rest of it. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if it does not give
    /// exactly one.
    /// </summary>
    public static (ItemKey Key, Term? Remaining) KeyOf(Term? where, KeySchema key)
    {
        KeyAttribute[] attributes = key.Sort is null ? [key.Partition] : [key.Partition, key.Sort];
        KeyMatch? match = KeyMatch.Of(where, attributes[..1], attributes[1..]);
        int attributesMin = key.SortKeyIsOptional ? 1 : attributes.Length;
        bool isOne = match is { Branches: [{ Range: null }] } && match.Branches[0].Equal.Count >= attributesMin;
        if (!isOne)
        {
            throw KeystoneException.Validation(StatementError.NoKeyInWrite);
        }

        IReadOnlyList<(string Name, AttributeValue Value)> equal = match!.Branches[0].Equal;
        return (ItemKey.Of(equal[0].Value, equal.Count > 1 ? equal[1].Value : null), KeyMatch.Join(match.Rest));
    }

    private static CallTerm Exists(TableDefinition table, string function)
        => new(new CallOperand(function, [new PathOperand(DocumentPath.Of(table.Key.Partition.Name))]));

    private static string Write(UpdateChange change, ExpressionWriter writer) => change.Section switch
    {
        "SET" => $"{writer.Path(change.Path)} = {writer.Operand(change.Value!)}",
        "REMOVE" => writer.Path(change.Path),
        _ => $"{writer.Path(change.Path)} {writer.Operand(change.Value!)}",
    };
}
