namespace Keystone.Model.Items;

/// <summary>The names of kinds in DynamoDB JSON.</summary>
internal static class DynamoJsonTypes
{
    private static readonly (AttributeKind Kind, string Name)[] Names =
    [
        (AttributeKind.String, "S"),
        (AttributeKind.Number, "N"),
        (AttributeKind.Binary, "B"),
        (AttributeKind.Boolean, "BOOL"),
        (AttributeKind.Null, "NULL"),
        (AttributeKind.List, "L"),
        (AttributeKind.Map, "M"),
        (AttributeKind.StringSet, "SS"),
        (AttributeKind.NumberSet, "NS"),
        (AttributeKind.BinarySet, "BS"),
        (AttributeKind.Vector, "VecF32"),
        (AttributeKind.Timestamp, "Ts"),
    ];

    /// <summary>The name of a kind.</summary>
    public static string NameOf(AttributeKind kind)
    {
        Invariant.Require(kind != AttributeKind.None && (int)kind <= Names.Length);
        return Names[(int)kind - 1].Name;
    }

    /// <summary>The kind of a name, or <see cref="AttributeKind.None"/>.</summary>
    public static AttributeKind KindOf(string name)
    {
        foreach ((AttributeKind kind, string known) in Names)
        {
            if (known == name)
            {
                return kind;
            }
        }

        return AttributeKind.None;
    }
}
