using System.Buffers;
using Keystone.Database.Indexes;
using Keystone.Model;
using Keystone.Model.Items;
using Keystone.Model.Keys;
using Keystone.Model.Requests;
using Keystone.Storage;

namespace Keystone.Database.Owner;

/// <summary>What ends a page.</summary>
/// <param name="CountMax">The most items, at least 1.</param>
/// <param name="BytesMax">The most bytes of encoded items.</param>
/// <param name="TakesFirst">Whether the first item is taken however large it is.</param>
/// <param name="Backward">Which way the page goes.</param>
internal readonly record struct PageLimits(int CountMax, int BytesMax, bool TakesFirst, bool Backward);

/// <summary>
/// Fills a page from an iterator. Each item is copied once into a lent buffer and once into the page; one that the filter keeps out is read
/// where it lies and not copied. What stands between the keys that are walked is passed over. For one thread at a time.
/// </summary>
/// <param name="iterator">Walks what the page is of.</param>
/// <param name="limits">What ends the page.</param>
/// <param name="space">What of the keys within the bounds the page is of.</param>
/// <param name="expressions">Which items, and what of them.</param>
/// <param name="expired">Those that are looked at and not shown.</param>
/// <param name="items">At the same moment as the iterator, the items of which an index has parts; null if those are not asked for.</param>
internal sealed class PageBuilder(
    StripeIterator iterator,
    PageLimits limits,
    KeySpace space,
    BoundReadExpressions? expressions = null,
    ExpiredItems expired = default,
    StripeIterator? items = null) : IDisposable
{
    private const int FirstBytes = 4096;

    private byte[] _bytes = [];
    private int _used;
    private int _count;
    private int _scannedCount;
    private int _scannedBytes;
    private byte[] _lastKey = [];
    private int _lastKeyLength;
    private bool _isStarted;
    private bool _isComplete;

    /// <summary>The key to go on at, behind keys of another space; null means the next one.</summary>
    private byte[]? _target;

    /// <summary>Whether the iterator stands on an entry whose item is still to be found.</summary>
    private bool _awaitsItem;

    /// <summary>A page at whose place there is nothing.</summary>
    public static StripePage EmptyPage { get; } = new(ItemPage.Empty, default, true);

    /// <summary>Walks until the page has its end. False when bytes from the disk are needed first: load them and call again.</summary>
    public bool TryFill()
    {
        while (true)
        {
            IteratorState state = _awaitsItem ? IteratorState.Entry : Move();
            if (state == IteratorState.NeedsDisk)
            {
                return false;
            }

            _isStarted = true;
            _target = null;
            if (state == IteratorState.End)
            {
                _isComplete = true;
                return true;
            }

            if (space.IsShared && MustSkip())
            {
                continue;
            }

            if (items is not null && !TryFindItem())
            {
                return false;
            }

            _awaitsItem = false;
            if (!TryAdd(StoredItem.ItemOf((items ?? iterator).Value, out _)) || _scannedCount == limits.CountMax)
            {
                return true;
            }
        }
    }

    /// <summary>Reads from the disk what the last attempt lacked.</summary>
    public ValueTask LoadAsync() => (_awaitsItem ? items!.Value : iterator).LoadAsync();

    public StripePage ToPage()
    {
        if (_scannedCount == 0)
        {
            return EmptyPage with { IsComplete = _isComplete };
        }

        ItemPage items = ItemPage.FromChecked(_bytes.AsSpan(0, _used).ToArray());
        ItemKey lastKey = EngineKey.Parse(_lastKey.AsSpan(0, _lastKeyLength)).ToItemKey();
        return new StripePage(items, lastKey, _isComplete)
        {
            Count = _count,
            ScannedCount = _scannedCount,
            ScannedBytes = _scannedBytes,
        };
    }

    public void Dispose()
    {
        Return(_bytes);
        Return(_lastKey);
        (_bytes, _lastKey) = ([], []);
    }

    private IteratorState Move() => _target is not null ? iterator.Seek(_target) : (_isStarted, limits.Backward) switch
    {
        (false, false) => iterator.SeekFirst(),
        (false, true) => iterator.SeekLast(),
        (true, false) => iterator.Next(),
        (true, true) => iterator.Previous(),
    };

    /// <summary>
    /// Whether the key is of another space, such as one of a local index among the items: then the page goes on at the next key that is
    /// not, in this partition or the next. Requires a page that goes forward.
    /// </summary>
    private bool MustSkip()
    {
        EngineKey key = EngineKey.Parse(iterator.Key);
        if (key.Space == space.Space)
        {
            return false;
        }

        byte next = key.Space < space.Space ? space.Space : byte.MaxValue;
        _target = new byte[EngineKey.PrefixLength(key.PartitionBytes)];
        EngineKey.WritePrefix(_target, key.TableId, key.Hash, key.PartitionBytes, next);
        return true;
    }

    /// <summary>Finds the item of the entry on which the iterator stands. False when that needs bytes from the disk.</summary>
    private bool TryFindItem()
    {
        _awaitsItem = true;
        EngineKey entry = EngineKey.Parse(iterator.Key);
        ItemKey itemKey = IndexKey.ItemKeyOf(space.Index!.Definition, entry.ToItemKey());
        byte[] key = new byte[EngineKey.Length(itemKey)];
        EngineKey.Write(key, entry.TableId, entry.Hash, itemKey);
        IteratorState state = items!.Value.Seek(key);
        if (state == IteratorState.NeedsDisk)
        {
            return false;
        }

        return state == IteratorState.Entry && items.Value.Key.SequenceEqual(key)
            ? true
            : throw KeystoneException.CorruptItem($"the index {space.Index.Definition.Name} has an entry of an item that is not there");
    }

    private bool TryAdd(ReadOnlySpan<byte> item)
    {
        bool fits = _scannedBytes + (long)item.Length <= limits.BytesMax || (_scannedCount == 0 && limits.TakesFirst);
        if (!fits)
        {
            return false;
        }

        _scannedCount++;
        _scannedBytes += item.Length;
        _lastKeyLength = iterator.Key.Length;
        Reserve(ref _lastKey, 0, _lastKeyLength);
        iterator.Key.CopyTo(_lastKey);
        if (expired.Have(item))
        {
            return true;
        }

        if (expressions?.Filter is { } filter && !filter.Holds(ItemReader.Open(item)))
        {
            return true;
        }

        _count++;
        if (expressions is not { CountOnly: true })
        {
            Take(expressions?.Projection is { } projection ? projection.Of(item).Bytes.Span : item);
        }

        return true;
    }

    private void Take(ReadOnlySpan<byte> item)
    {
        Reserve(ref _bytes, _used, item.Length);
        item.CopyTo(_bytes.AsSpan(_used));
        _used += item.Length;
    }

    private static void Reserve(ref byte[] buffer, int used, int more)
    {
        if (buffer.Length - used >= more)
        {
            return;
        }

        byte[] wider = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, Math.Max(used + more, buffer.Length * 2)));
        buffer.AsSpan(0, used).CopyTo(wider);
        Return(buffer);
        buffer = wider;
    }

    private static void Return(byte[] buffer)
    {
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
