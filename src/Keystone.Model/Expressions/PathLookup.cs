using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>Follows a document path through an encoded item, in place.</summary>
internal static class PathLookup
{
    /// <summary>The value at the path; a value that does not exist if there is nothing.</summary>
    public static ValueReader Find(ItemReader item, PathNode path, Binding binding)
    {
        PathPart[] parts = path.Parts;
        ValueReader value = item.Find(binding.NameBytes[parts[0].NameSlot]);
        for (int i = 1; i < parts.Length && value.Exists; i++)
        {
            PathPart part = parts[i];
            if (part.IsIndex)
            {
                value = value.Kind == AttributeKind.List ? Element(value.List, part.Index) : default;
            }
            else
            {
                value = value.Kind == AttributeKind.Map ? value.Map.Find(binding.NameBytes[part.NameSlot]) : default;
            }
        }

        return value;
    }

    private static ValueReader Element(ListReader list, int index) => index < list.Count ? list[index] : default;
}
