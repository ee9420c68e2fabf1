using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>
/// The parts of items that a request asks for: checked, and ready for any number of items and threads. Made by
/// <see cref="ExpressionScope"/>.
/// <para>
/// Maps keep only the entries asked for, lists only the elements, moved together in their order. A path that leads nowhere adds nothing.
/// </para>
/// </summary>
public sealed class ProjectionExpression
{
    private static readonly object Whole = new();

    private readonly Binding _binding;
    private readonly PathNode[] _paths;
    private readonly PathTree<object> _tree = new();

    internal ProjectionExpression(Binding binding, PathNode[] paths)
    {
        _binding = binding;
        _paths = paths;
        foreach (PathNode path in paths)
        {
            _tree.Add(binding, path, Whole);
        }
    }

    /// <summary>The attributes that the paths begin with, each once.</summary>
    public IEnumerable<string> Attributes => _paths.Select(path => _binding.NameOf(path.Parts[0])).Distinct();

    /// <summary>The parts of an item, as an item. Attributes that are asked for as a whole are copied as bytes.</summary>
    public EncodedItem Of(EncodedItem item) => item.IsNone ? item : Of(item.Span);

    /// <summary>The parts of an item whose encoded bytes are lent, as an item of its own.</summary>
    public EncodedItem Of(ReadOnlySpan<byte> item)
    {
        var table = ElementTable.Open(ItemCodec.TableOf(item));
        var assembly = new EncodedAssembly(_tree.Named.Count);
        foreach ((byte[] name, PathTree<object> below) in _tree.Named)
        {
            int place = EntrySearch.PlaceOf(table, name);
            if (place >= 0 && below.End is not null)
            {
                assembly.Keep(place);
            }
            else if (place >= 0 && Part(new AttributeReader(table[place]).Value, below) is { } part)
            {
                assembly.Put(name, part);
            }
        }

        return assembly.Build(table);
    }

    /// <inheritdoc cref="ConditionExpression.RequireScalars"/>
    public void RequireScalars(IEnumerable<string> names, string what) => ScalarRule.Require(_binding, _paths, names, what);

    private static AttributeValue? Part(ValueReader value, PathTree<object> tree)
    {
        if (tree.End is not null)
        {
            return value.Exists ? value.ToValue() : null;
        }

        return value.Kind switch
        {
            AttributeKind.Map when !tree.IsList => MapPart(value.Map, tree),
            AttributeKind.List when tree.IsList => ListPart(value.List, tree),
            _ => null,
        };
    }

    private static AttributeValue? MapPart(ItemReader map, PathTree<object> tree)
    {
        var builder = new ItemBuilder();
        foreach ((byte[] name, PathTree<object> below) in tree.Named)
        {
            if (Part(map.Find(name), below) is { } part)
            {
                builder.Set(NameOrder.Utf8.GetString(name), part);
            }
        }

        return builder.Count == 0 ? null : AttributeValue.Map(builder.Build());
    }

    private static AttributeValue? ListPart(ListReader list, PathTree<object> tree)
    {
        var parts = new List<AttributeValue>();
        foreach ((int index, PathTree<object> below) in tree.Indexed)
        {
            if (index < list.Count && Part(list[index], below) is { } part)
            {
                parts.Add(part);
            }
        }

        return parts.Count == 0 ? null : AttributeValue.List(parts);
    }
}
