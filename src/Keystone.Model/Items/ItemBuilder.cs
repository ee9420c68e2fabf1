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
    private readonly SortedList<string, AttributeValue> _attributes;

    /// <summary>A builder without attributes.</summary>
    public ItemBuilder() => _attributes = new SortedList<string, AttributeValue>(NameOrder.Instance);

    internal ItemBuilder(Item item)
    {
        _attributes = new SortedList<string, AttributeValue>(item.Count + 1, NameOrder.Instance);
        foreach ((string name, AttributeValue value) in item)
        {
            _attributes.Add(name, value);
        }
    }

    /// <summary>How many attributes there are by now.</summary>
    public int Count => _attributes.Count;

    /// <summary>Sets an attribute, in place of an earlier one of the same name.</summary>
    public AttributeValue this[string name]
    {
        set => Set(name, value);
    }

    /// <summary>Sets an attribute, in place of an earlier one of the same name.</summary>
    public ItemBuilder Set(string name, AttributeValue value)
    {
        Item.RequireName(name);
        ArgumentNullException.ThrowIfNull(value);
        _attributes[name] = value;
        return this;
    }

    /// <summary>Adds an attribute. Throws <see cref="ErrorCode.ValidationFailed"/> if there is one of the same name.</summary>
    public ItemBuilder Add(string name, AttributeValue value)
    {
        Item.RequireName(name);
        ArgumentNullException.ThrowIfNull(value);
        if (!_attributes.TryAdd(name, value))
        {
            throw KeystoneException.Validation($"One or more parameter values were invalid: The attribute '{name}' is given twice.");
        }

        return this;
    }

    /// <summary>Takes an attribute away, if there is one of that name.</summary>
    public ItemBuilder Remove(string name)
    {
        _attributes.Remove(name);
        return this;
    }

    /// <summary>The item of the attributes so far.</summary>
    public Item Build() => _attributes.Count == 0 ? Item.Empty : new Item([.. _attributes.Keys], [.. _attributes.Values]);

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, AttributeValue>> GetEnumerator() => _attributes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
