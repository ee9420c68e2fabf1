using Keystone.Database.Owner;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;

namespace Keystone.Database.Routing;

/// <summary>Joins the pages of stripes that follow each other to one page within its limits.</summary>
internal sealed class PageJoin(int countMax, int bytesMax)
{
    private readonly List<ItemPage> _parts = [];
    private ItemKey _lastKey;
    private int _count;
    private int _bytes;

    public int CountLeft => countMax - _count;

    public int BytesLeft => Math.Max(0, bytesMax - _bytes);

    public bool IsEmpty => _count == 0;

    /// <summary>Takes the page of the next stripe. False when the whole page ends with it.</summary>
    public bool TryGoOn(StripePage page)
    {
        if (page.Items.Count > 0)
        {
            _parts.Add(page.Items);
            _lastKey = page.LastKey;
            _count += page.Items.Count;
            _bytes += page.Items.Bytes.Length;
        }

        return page.IsComplete && CountLeft > 0;
    }

    public ScanResult ToScanResult(bool isComplete) => new(Joined(), isComplete || _lastKey.IsNone ? default(ItemKey?) : _lastKey, _count);

    private ItemPage Joined()
    {
        if (_parts.Count <= 1)
        {
            return _parts.Count == 0 ? ItemPage.Empty : _parts[0];
        }

        byte[] bytes = new byte[_bytes];
        int at = 0;
        foreach (ItemPage part in _parts)
        {
            part.Bytes.CopyTo(bytes.AsMemory(at));
            at += part.Bytes.Length;
        }

        return ItemPage.FromChecked(bytes);
    }
}
