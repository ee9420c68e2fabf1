using System.Runtime.CompilerServices;
using Keystone.Benchmarks.Data;

namespace Keystone.Benchmarks.Engines;

/// <summary>
/// Takes the records of a scan and checks them while they pass: key and value name the same id, ids ascend inside a run.
/// The caller looks at counts and sums afterwards. A page, when there is one, receives a copy of the values, as an
/// answer would. Sealed and not virtual, so that a scan pays for no call. One thread owns it.
/// </summary>
internal sealed class ScanSink
{
    private readonly byte[] _page;
    private readonly int _valueBytes;
    private int _pageBytes;
    private long _previousId;

    /// <param name="valueBytes">The length that every value must have.</param>
    /// <param name="pageRecords">How many values the page holds; 0 when values are looked at and not copied.</param>
    public ScanSink(int valueBytes, int pageRecords)
    {
        _valueBytes = valueBytes;
        _page = new byte[valueBytes * pageRecords];
        Reset();
    }

    public long Count { get; private set; }

    /// <summary>Sum of all ids, to be compared with what was written.</summary>
    public long IdSum { get; private set; }

    /// <summary>How many ascending runs came: one more than the number of times that an id was below its predecessor.</summary>
    public int Runs { get; private set; }

    /// <summary>How many records had a wrong value length or an id that key and value do not share.</summary>
    public long Wrong { get; private set; }

    public void Reset()
    {
        Count = 0;
        IdSum = 0;
        Runs = 1;
        Wrong = 0;
        _pageBytes = 0;
        _previousId = -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        long id = RecordShape.IdOf(key);
        if (value.Length != _valueBytes || RecordShape.IdInValue(value) != id)
        {
            Wrong++;
        }

        if (id <= _previousId)
        {
            Runs++;
        }

        if (_pageBytes + value.Length <= _page.Length)
        {
            value.CopyTo(_page.AsSpan(_pageBytes));
            _pageBytes += value.Length;
        }

        _previousId = id;
        IdSum += id;
        Count++;
    }
}
