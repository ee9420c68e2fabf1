using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// Applies a tree of changes to a value. Values are immutable: each level on the way is made anew, once, with all its changes. Where a path
/// leads on, the value must be a map or a list as the path says.
/// </summary>
internal static class ChangeWalk
{
    /// <summary>The value after the changes at and below it; null if there is none then.</summary>
    public static AttributeValue? Apply(AttributeValue? old, PathTree<Change> tree)
    {
        if (tree.End is { } change)
        {
            return Apply(old, change);
        }

        return old?.Kind switch
        {
            AttributeKind.Map when !tree.IsList => InMap(old.AsMap(), tree),
            AttributeKind.List when tree.IsList => InList(old.ListValues(), tree),
            _ => throw ExpressionError.PathInvalidForUpdate(),
        };
    }

    private static AttributeValue? Apply(AttributeValue? old, Change change)
    {
        if (change.Section is TokenKind.Set or TokenKind.Remove)
        {
            return change.Value;
        }

        bool adds = change.Section == TokenKind.Add;
        if (old is null)
        {
            return adds ? change.Value : null;
        }

        AttributeValue operand = change.Value!;
        return old.Kind != operand.Kind ? throw change.Mismatch()
            : adds ? SetChange.Add(old, operand)
            : SetChange.Delete(old, operand);
    }

    private static AttributeValue InMap(Item map, PathTree<Change> tree)
    {
        ItemBuilder builder = map.ToBuilder();
        foreach ((byte[] utf8Name, PathTree<Change> below) in tree.Named)
        {
            string name = NameOrder.Utf8.GetString(utf8Name);
            if (Apply(map.Find(name), below) is { } value)
            {
                builder.Set(name, value);
            }
            else
            {
                builder.Remove(name);
            }
        }

        return AttributeValue.Map(builder.Build());
    }

    /// <summary>
    /// Indexes count in the old list. What is set beyond its end is appended, in the order of the indexes; what is removed there is not
    /// there.
    /// </summary>
    private static AttributeValue InList(ReadOnlySpan<AttributeValue> list, PathTree<Change> tree)
    {
        var elements = new List<AttributeValue>(list.Length + tree.Indexed.Count);
        int next = 0;
        foreach ((int index, PathTree<Change> below) in tree.Indexed)
        {
            int end = Math.Min(index, list.Length);
            elements.AddRange(list[next..end]);
            AttributeValue? old = index < list.Length ? list[index] : null;
            next = index < list.Length ? index + 1 : end;
            if (Apply(old, below) is { } value)
            {
                elements.Add(value);
            }
        }

        elements.AddRange(list[next..]);
        return AttributeValue.OwnedList([.. elements]);
    }
}
