namespace Keystone.Model.Expressions;

/// <summary>Gives each distinct name and each distinct value placeholder of one text its slot, in the order of first appearance.</summary>
internal sealed class SlotTable
{
    private readonly Dictionary<string, int> _nameSlots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _valueSlots = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _nameSlots.OrderBy(slot => slot.Value).Select(slot => slot.Key);

    public IEnumerable<string> Values => _valueSlots.OrderBy(slot => slot.Value).Select(slot => slot.Key);

    public int NameSlot(string name) => SlotOf(_nameSlots, name);

    public int ValueSlot(string placeholder) => SlotOf(_valueSlots, placeholder);

    private static int SlotOf(Dictionary<string, int> slots, string text)
    {
        if (!slots.TryGetValue(text, out int slot))
        {
            slot = slots.Count;
            slots.Add(text, slot);
        }

        return slot;
    }
}
