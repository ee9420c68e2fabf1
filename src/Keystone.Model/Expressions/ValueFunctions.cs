using System.Text;
using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>The functions of conditions over encoded values, in place. A value that does not exist makes each of them false.</summary>
internal static class ValueFunctions
{
    public static bool BeginsWith(ValueReader value, ValueReader prefix)
        => value.Kind == prefix.Kind
            && value.Kind is AttributeKind.String or AttributeKind.Binary
            && value.RawPayload.StartsWith(prefix.RawPayload);

    /// <summary>Whether a text or binary has the other as a part, or a set or list has it as a member.</summary>
    public static bool Contains(ValueReader container, ValueReader sought)
    {
        switch (container.Kind)
        {
            case AttributeKind.String or AttributeKind.Binary:
                return sought.Kind == container.Kind && ByteSearch.Contains(container.RawPayload, sought.RawPayload);
            case AttributeKind.StringSet:
                return sought.Kind == AttributeKind.String && HasMember(container, sought.RawPayload);
            case AttributeKind.NumberSet:
                return sought.Kind == AttributeKind.Number && HasMember(container, sought.RawPayload);
            case AttributeKind.BinarySet:
                return sought.Kind == AttributeKind.Binary && HasMember(container, sought.RawPayload);
            case AttributeKind.List:
                return HasElement(container.List, sought);
            default:
                return false;
        }
    }

    /// <summary>
    /// The size of a value, or -1 for a value that has none: of a string its UTF-16 units, which is what DynamoDB counts here, of a binary
    /// its bytes, of a list, map or set its elements.
    /// </summary>
    public static int SizeOf(ValueReader value) => value.Kind switch
    {
        AttributeKind.String => Encoding.UTF8.GetCharCount(value.RawPayload),
        AttributeKind.Binary => value.RawPayload.Length,
        AttributeKind.List or AttributeKind.Map or AttributeKind.StringSet or AttributeKind.NumberSet or AttributeKind.BinarySet
            => ElementTable.Open(value.RawPayload).Count,
        AttributeKind.Vector => value.RawPayload.Length / sizeof(float),
        _ => -1,
    };

    /// <summary>Members are in ascending order of their bytes.</summary>
    private static bool HasMember(ValueReader set, ReadOnlySpan<byte> member)
    {
        var members = ElementTable.Open(set.RawPayload);
        int low = 0;
        int high = members.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = members[middle].SequenceCompareTo(member);
            if (order == 0)
            {
                return true;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return false;
    }

    private static bool HasElement(ListReader list, ValueReader sought)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (ValueOrder.AreEqual(list[i], sought))
            {
                return true;
            }
        }

        return false;
    }
}
