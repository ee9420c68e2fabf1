using System.Collections;

namespace Keystone.Model.Items;

/// <summary>
/// The items of one page as one run of bytes: encoded items one after the other, which end by themselves. A page travels as it is and is
/// taken apart only by whoever reads it.
/// </summary>
public sealed class ItemPage : IReadOnlyList<EncodedItem>
{
    private readonly int[] _ends;

    private ItemPage(ReadOnlyMemory<byte> bytes, int[] ends)
    {
        Bytes = bytes;
        _ends = ends;
    }

    /// <summary>The page without items.</summary>
    public static ItemPage Empty { get; } = new(default, []);

    /// <summary>The encoded items, one after the other.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <inheritdoc/>
    public int Count => _ends.Length;

    /// <inheritdoc/>
    public EncodedItem this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return EncodedItem.FromChecked(Bytes[start.._ends[index]]);
        }
    }

    /// <summary>
    /// Takes the bytes of a page. Checks where items start and end, not what is in them: reading them stays safe. Throws
    /// <see cref="KeystoneErrorCode.CorruptItem"/> if the bytes are no run of items.
    /// </summary>
    public static ItemPage FromChecked(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Empty;
        }

        var ends = new List<int>();
        for (int at = 0; at < bytes.Length;)
        {
            at += ItemCodec.LengthOf(bytes.Span[at..]);
            ends.Add(at);
        }

        return new ItemPage(bytes, [.. ends]);
    }

    /// <summary>A page of items that are copied into it.</summary>
    public static ItemPage Of(params ReadOnlySpan<EncodedItem> items)
    {
        int length = 0;
        foreach (EncodedItem item in items)
        {
            length = checked(length + item.Bytes.Length);
        }

        byte[] bytes = new byte[length];
        int[] ends = new int[items.Length];
        int at = 0;
        for (int i = 0; i < items.Length; i++)
        {
            items[i].Bytes.CopyTo(bytes.AsMemory(at));
            at += items[i].Bytes.Length;
            ends[i] = at;
        }

        return new ItemPage(bytes, ends);
    }

    /// <inheritdoc/>
    public IEnumerator<EncodedItem> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return this[i];
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
