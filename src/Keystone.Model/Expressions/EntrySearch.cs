using Keystone.Model.Items;

namespace Keystone.Model.Expressions;

/// <summary>Finds the place of a name among the entries of an encoded item, which are in ascending order of their names.</summary>
internal static class EntrySearch
{
    /// <summary>The place of a name, or the complement of the place where it belongs.</summary>
    public static int PlaceOf(ElementTable entries, ReadOnlySpan<byte> name)
    {
        int low = 0;
        int high = entries.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = AttributeReader.Split(entries[middle], out _).SequenceCompareTo(name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }
}
