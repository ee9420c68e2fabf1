using System.Text;
using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>The way to an attribute or into it: names of map entries and indexes of list elements; the first part is a name.</summary>
internal sealed record DocumentPath(IReadOnlyList<DocumentPart> Parts)
{
    /// <summary>The attribute that it begins with.</summary>
    public string Attribute => Parts[0].Name!;

    /// <summary>Whether it is the attribute as a whole.</summary>
    public bool IsAttribute => Parts.Count == 1;

    /// <summary>How an answer names what is there: from the last name on, so that <c>a.b[0]</c> is <c>b[0]</c>.</summary>
    public string AnswerName
    {
        get
        {
            int last = Parts.Count - 1;
            while (Parts[last].Name is null)
            {
                last--;
            }

            return Write(Parts.Skip(last));
        }
    }

    public static DocumentPath Of(string attribute) => new([new DocumentPart(attribute, 0)]);

    /// <summary>What is there in an item; null if nothing is.</summary>
    public AttributeValue? Find(Item item)
    {
        AttributeValue? value = item.Find(Attribute);
        for (int i = 1; i < Parts.Count && value is not null; i++)
        {
            value = Parts[i].Of(value);
        }

        return value;
    }

    public bool Equals(DocumentPath? other) => other is not null && Parts.SequenceEqual(other.Parts);

    public override int GetHashCode() => Parts.Aggregate(0, HashCode.Combine);

    public override string ToString() => Write(Parts);

    private static string Write(IEnumerable<DocumentPart> parts)
    {
        var text = new StringBuilder();
        foreach (DocumentPart part in parts)
        {
            _ = part.Name is null
                ? text.Append('[').Append(part.Index).Append(']')
                : text.Append(text.Length > 0 ? "." : "").Append(part.Name);
        }

        return text.ToString();
    }
}

/// <summary>A name, or else the index of a list element.</summary>
internal readonly record struct DocumentPart(string? Name, int Index)
{
    public AttributeValue? Of(AttributeValue value)
    {
        if (Name is not null)
        {
            return value.Kind == AttributeKind.Map ? value.AsMap().Find(Name) : null;
        }

        return value.Kind == AttributeKind.List && Index < value.AsList().Count ? value.AsList()[Index] : null;
    }
}
