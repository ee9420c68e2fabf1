using System.Collections;

namespace Keystone.Model.Schema;

/// <summary>A list that does not change and is equal to another with equal elements, so that records with lists compare by value.</summary>
internal sealed class ValueList<T>(IEnumerable<T> elements) : IReadOnlyList<T>, IEquatable<ValueList<T>>
{
    private readonly T[] _elements = [.. elements];

    public int Count => _elements.Length;

    public T this[int index] => _elements[index];

    public bool Equals(ValueList<T>? other) => other is not null && _elements.AsSpan().SequenceEqual(other._elements);

    public override bool Equals(object? obj) => Equals(obj as ValueList<T>);

    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (T element in _elements)
        {
            hash.Add(element);
        }

        return hash.ToHashCode();
    }

    public override string ToString() => $"[{string.Join(", ", _elements)}]";

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_elements).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _elements.GetEnumerator();
}
