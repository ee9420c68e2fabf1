namespace Keystone.Orleans.Client.Translation;

/// <summary>The tables that a batch names, each once. A batch has few, so they are found by looking at all of them.</summary>
internal sealed class TableList
{
    private readonly List<string> _names = [];

    /// <summary>The place of a table, which joins the list if it is new.</summary>
    public int IndexOf(string name)
    {
        int index = _names.IndexOf(name);
        if (index < 0)
        {
            index = _names.Count;
            _names.Add(name);
        }

        return index;
    }

    public string[] ToArray() => [.. _names];
}
