using System.Collections;

namespace Keystone.Model.Items;

/// <summary>
/// Collects attributes for an <see cref="Item"/>. Use it fluently, or with a collection initializer:
/// <code>
/// Item city = new ItemBuilder { ["country"] = "CH", ["name"] = "Bern", ["lat"] = 46.94809m }.Build();
/// </code>
/// Not for several threads. A builder can go on after <see cref="Build"/>; the item made does not change.
/// </summary>
public sealed class ItemBuilder : IEnumerable<KeyValuePair<string, AttributeValue>>
{
    private const int CapacityMin = 8;

    /// <summary>The first <see cref="Count"/> places are in use, names in ascending order, each value at the place of its name.</summary>
    private string[] _names;
    private AttributeValue[] _values;

    /// <summary>A builder without attributes.</summary>
    public ItemBuilder()
    {
        _names = new string[CapacityMin];
        _values = new AttributeValue[CapacityMin];
    }

    internal ItemBuilder(Item item)
    {
        Count = item.Count;
        _names = new string[Count + CapacityMin];
        _values = new AttributeValue[Count + CapacityMin];
        item.NameSpan.CopyTo(_names);
        item.ValueSpan.CopyTo(_values);
    }

    /// <summary>How many attributes there are by now.</summary>
    public int Count { get; private set; }

    /// <summary>Sets an attribute, in place of an earlier one of the same name.</summary>
    public AttributeValue this[string name]
    {
        set => Set(name, value);
    }

    /// <summary>Sets an attribute, in place of an earlier one of the same name.</summary>
    public ItemBuilder Set(string name, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        int place = PlaceOf(name);
        if (place >= 0)
        {
            _values[place] = value;
        }
        else
        {
            Insert(~place, name, value);
        }

        return this;
    }

    /// <summary>Adds an attribute. Throws <see cref="KeystoneErrorCode.ValidationFailed"/> if there is one of the same name.</summary>
    public ItemBuilder Add(string name, AttributeValue value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        int place = PlaceOf(name);
        if (place >= 0)
        {
            throw KeystoneException.Validation($"One or more parameter values were invalid: The attribute '{name}' is given twice.");
        }

        Insert(~place, name, value);
        return this;
    }

    /// <summary>Takes an attribute away, if there is one of that name.</summary>
    public ItemBuilder Remove(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        int place = PlaceOf(name);
        if (place >= 0)
        {
            Count--;
            Array.Copy(_names, place + 1, _names, place, Count - place);
            Array.Copy(_values, place + 1, _values, place, Count - place);
        }

        return this;
    }

    /// <summary>The item of the attributes so far.</summary>
    public Item Build() => Count == 0 ? Item.Empty : new Item(_names[..Count], _values[..Count]);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() => Build().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// The place of a name, or the complement of the place where it belongs. Names often come in order: the end is tried first.
    /// </summary>
    private int PlaceOf(string name)
    {
        if (Count == 0 || NameOrder.Compare(_names[Count - 1], name) < 0)
        {
            return ~Count;
        }

        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = NameOrder.Compare(_names[middle], name);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    private void Insert(int place, string name, AttributeValue value)
    {
        Item.RequireName(name);
        if (Count == _names.Length)
        {
            Array.Resize(ref _names, 2 * Count);
            Array.Resize(ref _values, 2 * Count);
        }

        Array.Copy(_names, place, _names, place + 1, Count - place);
        Array.Copy(_values, place, _values, place + 1, Count - place);
        _names[place] = name;
        _values[place] = value;
        Count++;
    }
}
