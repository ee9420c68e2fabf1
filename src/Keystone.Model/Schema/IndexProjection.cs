using Keystone.Model.Items;

namespace Keystone.Model.Schema;

/// <summary>Which attributes of an item an index has; those of the keys of table and index always.</summary>
public sealed record IndexProjection
{
    private IndexProjection(IndexProjectionKind kind, IReadOnlyList<string> attributes)
    {
        Kind = kind;
        Attributes = new ValueList<string>(attributes);
    }

    /// <summary>All of the item.</summary>
    public static IndexProjection All { get; } = new(IndexProjectionKind.All, []);

    /// <summary>The keys alone.</summary>
    public static IndexProjection KeysOnly { get; } = new(IndexProjectionKind.KeysOnly, []);

    /// <summary>Which kind of choice it is.</summary>
    public IndexProjectionKind Kind { get; }

    /// <summary>The attributes beside the keys, with <see cref="IndexProjectionKind.Include"/>.</summary>
    public IReadOnlyList<string> Attributes { get; }

    /// <summary>The keys and some other attributes, each named once.</summary>
    public static IndexProjection Include(params IReadOnlyList<string> attributes)
    {
        ArgumentNullException.ThrowIfNull(attributes);
        foreach (string name in attributes)
        {
            Item.RequireName(name);
        }

        if (attributes.Count == 0)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: ProjectionType is INCLUDE, but NonKeyAttributes is not specified");
        }

        if (attributes.Distinct(StringComparer.Ordinal).Count() != attributes.Count)
        {
            throw KeystoneException.Validation(
                "One or more parameter values were invalid: Duplicate attributes in NonKeyAttributes");
        }

        return new IndexProjection(IndexProjectionKind.Include, attributes);
    }
}
