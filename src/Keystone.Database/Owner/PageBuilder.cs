using System.Buffers;
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
/// where it lies and not copied. For one thread at a time.
/// </summary>
internal sealed class PageBuilder(StripeIterator iterator, PageLimits limits, BoundReadExpressions? expressions = null) : IDisposable
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

    /// <summary>A page at whose place there is nothing.</summary>
    public static StripePage EmptyPage { get; } = new(ItemPage.Empty, default, true);

    /// <summary>Walks until the page has its end. False when bytes from the disk are needed first: load them and call again.</summary>
    public bool TryFill()
    {
        while (true)
        {
            IteratorState state = Move();
            if (state == IteratorState.NeedsDisk)
            {
                return false;
            }

            _isStarted = true;
            if (state == IteratorState.End)
            {
                _isComplete = true;
                return true;
            }

            if (!TryAdd(StoredItem.ItemOf(iterator.Value, out _)) || _scannedCount == limits.CountMax)
            {
                return true;
            }
        }
    }

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

    private IteratorState Move() => (_isStarted, limits.Backward) switch
    {
        (false, false) => iterator.SeekFirst(),
        (false, true) => iterator.SeekLast(),
        (true, false) => iterator.Next(),
        (true, true) => iterator.Previous(),
    };

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
