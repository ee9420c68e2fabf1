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
    private int _scannedCount;
    private int _scannedBytes;

    public int CountLeft => countMax - _scannedCount;

    public int BytesLeft => Math.Max(0, bytesMax - _scannedBytes);

    public bool IsEmpty => _scannedCount == 0;

    /// <summary>Takes the page of the next stripe. False when the whole page ends with it.</summary>
    public bool TryGoOn(StripePage page)
    {
        if (page.ScannedCount > 0)
        {
            _lastKey = page.LastKey;
            _count += page.Count;
            _scannedCount += page.ScannedCount;
            _scannedBytes += page.ScannedBytes;
        }

        if (page.Items.Count > 0)
        {
            _parts.Add(page.Items);
        }

        return page.IsComplete && CountLeft > 0;
    }

    public ScanResult ToScanResult(bool isComplete)
        => new(Joined(), isComplete || _lastKey.IsNone ? default(ItemKey?) : _lastKey, _scannedCount) { Count = _count };

    private ItemPage Joined()
    {
        if (_parts.Count <= 1)
        {
            return _parts.Count == 0 ? ItemPage.Empty : _parts[0];
        }

        byte[] bytes = new byte[_parts.Sum(part => part.Bytes.Length)];
        int at = 0;
        foreach (ItemPage part in _parts)
        {
            part.Bytes.CopyTo(bytes.AsMemory(at));
            at += part.Bytes.Length;
        }

        return ItemPage.FromChecked(bytes);
    }
}
