namespace Keystone.Model.Expressions;

/// <summary>
/// Paths that exclude each other, as a tree: a place is the end of one path, or it has places below it by name or by index, never both.
/// Names are in the order of their UTF-8, indexes ascending, so that a walk goes with the order of an encoded item. Immutable once built.
/// </summary>
internal sealed class PathTree<TEnd>
    where TEnd : class
{
    private readonly SortedDictionary<byte[], PathTree<TEnd>> _named = new(Utf8Order.Instance);
    private readonly SortedDictionary<int, PathTree<TEnd>> _indexed = [];

    /// <summary>What is asked for at this place itself; null where paths lead on.</summary>
    public TEnd? End { get; private set; }

    public bool IsList => _indexed.Count > 0;

    public IReadOnlyDictionary<byte[], PathTree<TEnd>> Named => _named;

    public IReadOnlyDictionary<int, PathTree<TEnd>> Indexed => _indexed;

    public void Add(Binding binding, PathNode path, TEnd end)
    {
        PathTree<TEnd> place = this;
        foreach (PathPart part in path.Parts)
        {
            place = part.IsIndex ? Below(place._indexed, part.Index) : Below(place._named, binding.NameBytes[part.NameSlot]);
        }

        place.End = end;
    }

    private static PathTree<TEnd> Below<TKey>(SortedDictionary<TKey, PathTree<TEnd>> places, TKey key)
        where TKey : notnull
    {
        if (!places.TryGetValue(key, out PathTree<TEnd>? place))
        {
            place = new PathTree<TEnd>();
            places.Add(key, place);
        }

        return place;
    }

    private sealed class Utf8Order : IComparer<byte[]>
    {
        public static readonly Utf8Order Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
