using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// What an update does to an item, with the names and values of one request: checked, and ready for any item and any thread. Made by
/// <see cref="ExpressionScope"/>.
/// <para>
/// Everything is computed of the item as it was: first the right sides of all SET clauses, then the changes, whose list indexes count in
/// the old lists. So the order of clauses has no meaning.
/// </para>
/// <para>The paths of the clauses exclude each other, so all that is set and added is in the new item together: what would be more than
/// any item may hold is refused before a value is made.</para>
/// </summary>
public sealed class UpdateExpression
{
    private readonly Binding _binding;
    private readonly UpdateClause[] _clauses;
    private readonly PathNode[] _paths;
    private readonly Func<KeystoneException> _mismatch;
    private readonly int _bytesMax;
    private ProjectionExpression? _changed;

    private UpdateExpression(Binding binding, UpdateClause[] clauses, Func<KeystoneException> mismatch, ExpressionLimits limits)
    {
        _binding = binding;
        _clauses = clauses;
        _paths = Array.ConvertAll(clauses, clause => clause.Path);
        _mismatch = mismatch;
        _bytesMax = limits.UpdateBytesMax;
    }

    /// <summary>The paths that the update changes, as a projection: of the old item it makes UPDATED_OLD, of the new UPDATED_NEW.</summary>
    public ProjectionExpression Changed => _changed ??= new ProjectionExpression(_binding, _paths);

    /// <summary>The update of an expression, after all checks that need no item.</summary>
    internal static UpdateExpression OfExpression(Binding binding, UpdateClause[] clauses, ExpressionLimits limits)
    {
        new UpdateCheck(binding).Require(clauses);
        return new UpdateExpression(binding, clauses, ExpressionError.OperandMismatch, limits);
    }

    /// <summary>
    /// The update of AttributeUpdates, whose clauses were checked before; it has its own words for a type that does not fit.
    /// </summary>
    internal static UpdateExpression OfAttributes(Binding binding, UpdateClause[] clauses)
        => new(
            binding,
            clauses,
            static () => KeystoneException.Validation("Type mismatch for attribute to update"),
            ExpressionLimits.Default);

    /// <summary>
    /// The item after the update. An item that does not exist yet is given as its key attributes. Throws
    /// <see cref="KeystoneErrorCode.ValidationFailed"/> if the item has not what the update needs; its size is for the caller to check.
    /// </summary>
    public EncodedItem Apply(EncodedItem item)
    {
        PathTree<Change> tree = ChangesOf(item);
        var table = ElementTable.Open(ItemCodec.TableOf(item.Span));
        var assembly = new EncodedAssembly(table.Count + tree.Named.Count);
        int next = 0;
        foreach ((byte[] name, PathTree<Change> below) in tree.Named)
        {
            int place = EntrySearch.PlaceOf(table, name);
            int before = place >= 0 ? place : ~place;
            for (; next < before; next++)
            {
                assembly.Keep(next);
            }

            AttributeValue? old = place >= 0 && NeedsOld(below) ? new AttributeReader(table[place]).Value.ToValue() : null;
            next += place >= 0 ? 1 : 0;
            if (ChangeWalk.Apply(old, below) is { } value)
            {
                assembly.Put(name, value);
            }
        }

        for (; next < table.Count; next++)
        {
            assembly.Keep(next);
        }

        return assembly.Build(table);
    }

    /// <summary>Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if the update changes one of these attributes of the key.</summary>
    public void RequireNoChangeOf(IEnumerable<string> keyAttributes)
    {
        foreach (string name in keyAttributes)
        {
            if (Array.Exists(_paths, path => _binding.NameOf(path.Parts[0]) == name))
            {
                throw KeystoneException.Validation(
                    $"One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key");
            }
        }
    }

    /// <inheritdoc cref="ConditionExpression.RequireScalars"/>
    public void RequireScalars(IEnumerable<string> names, string what)
        => ScalarRule.Require(_binding, PathsOf.Update(_clauses), names, what);

    private PathTree<Change> ChangesOf(EncodedItem item)
    {
        new UpdateSize(_binding, item.Read()).Require(_clauses, _bytesMax);
        var tree = new PathTree<Change>();
        var evaluation = new UpdateEvaluation(_binding, item);
        foreach (UpdateClause clause in _clauses)
        {
            tree.Add(_binding, clause.Path, evaluation.ChangeOf(clause, _mismatch));
        }

        return tree;
    }

    /// <summary>What is set or removed as a whole does not depend on what was there.</summary>
    private static bool NeedsOld(PathTree<Change> below) => below.End is not { Section: TokenKind.Set or TokenKind.Remove };
}
