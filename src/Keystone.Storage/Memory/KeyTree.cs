using System.Runtime.CompilerServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// The reading side of the tree: a B+-tree with links to the right, one writer (<see cref="KeyTreeWriter"/>), any number of readers
/// without locks.
/// <para>
/// Why a reader is right. Each node is read as of one version (<see cref="Node"/>), so what is seen of it is consistent. A node only
/// ever loses keys to a new node at its right, and in the same write it gets the link to that node and its least key as the bound. So a
/// reader that comes to a node by an outdated parent or root finds the key there or, being at or past the bound, follows the link. No node
/// is emptied, merged or freed. The writer holds one node at a time, for the time of a short copy.
/// </para>
/// </summary>
internal sealed unsafe class KeyTree(byte* origin)
{
    /// <summary>With 31 keys or more in all nodes but the last of a level, no pool can hold records for more levels.</summary>
    public const int HeightMax = 8;

    /// <summary>A writer that was interrupted inside of a node gets the processor by yielding; a sleep would be too long.</summary>
    private const int NeverSleep = -1;

    private readonly byte* _origin = origin;

    // Written by the writer with release, so whoever reads one sees the node complete.
    private uint _root;
    private uint _firstLeaf;

    public bool IsEmpty => Volatile.Read(ref _root) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Node* NodeAt(uint reference) => (Node*)(_origin + ((ulong)reference * ChunkPool.UnitBytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Record* RecordAt(uint reference) => (Record*)(_origin + ((ulong)reference * ChunkPool.UnitBytes));

    public uint ReferenceTo(void* target) => (uint)(((byte*)target - _origin) / ChunkPool.UnitBytes);

    /// <summary>The root, or what was the root a moment ago. Requires that the tree is not empty.</summary>
    public Node* Root => NodeAt(Volatile.Read(ref _root));

    /// <summary>The leftmost leaf, which stays the leftmost for good. Requires that the tree is not empty.</summary>
    public Node* FirstLeaf => NodeAt(Volatile.Read(ref _firstLeaf));

    public void SetFirstLeaf(Node* leaf)
    {
        Volatile.Write(ref _firstLeaf, ReferenceTo(leaf));
        SetRoot(leaf);
    }

    public void SetRoot(Node* root) => Volatile.Write(ref _root, ReferenceTo(root));

    public void Clear()
    {
        _root = 0;
        _firstLeaf = 0;
    }

    /// <summary>The leaf and the place where the key is or would be. Requires that the tree is not empty.</summary>
    public Node* FindLeaf(ReadOnlySpan<byte> key, out NodePlace place)
    {
        Node* node = Root;
        while (true)
        {
            node = Locate(node, key, out place);
            if (node->Level == 0)
            {
                return node;
            }

            uint child = Node.ChildAt(node, place.PositionBehind);
            if (Node.IsUnchanged(node, place.Version))
            {
                node = NodeAt(child);
            }
        }
    }

    /// <summary>
    /// The leaf that holds the last key before the given one, and the place of that one; position 0 says that no key is before it.
    /// </summary>
    public Node* FindLeafBefore(ReadOnlySpan<byte> key, out NodePlace place)
    {
        Node* node = Root;
        while (true)
        {
            node = LocateBefore(node, key, out place);
            if (node->Level == 0)
            {
                return node;
            }

            uint child = Node.ChildAt(node, place.Position);
            if (Node.IsUnchanged(node, place.Version))
            {
                node = NodeAt(child);
            }
        }
    }

    /// <summary>The last leaf, with the place behind its last key.</summary>
    public Node* FindLastLeaf(out NodePlace place)
    {
        place = default;
        Node* node = Root;
        SpinWait spin = default;
        while (true)
        {
            uint version = Node.Enter(node);
            int count = node->Count;
            uint next = node->Next;
            uint onward = next != 0 || node->Level == 0 ? next : Node.ChildAt(node, count);
            if (!Node.IsUnchanged(node, version))
            {
                spin.SpinOnce(NeverSleep);
            }
            else if (onward != 0)
            {
                node = NodeAt(onward);
            }
            else
            {
                place.Version = version;
                place.Position = count;
                place.Count = count;
                return node;
            }
        }
    }

    /// <summary>The node that the key belongs to, the given one or one to the right of it, and the key's place there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Node* Locate(Node* node, ReadOnlySpan<byte> key, out NodePlace place) => Locate(node, key, boundOrderMax: 0, out place);

    /// <summary>
    /// The node where the last key before the given one belongs. The bound is an existing key of the next node, so that key lies there, or
    /// further on, when the bound is before the given one.
    /// </summary>
    private Node* LocateBefore(Node* node, ReadOnlySpan<byte> key, out NodePlace place) =>
        Locate(node, key, boundOrderMax: -1, out place);

    /// <summary>Goes right while the bound compares with the key to at most <paramref name="boundOrderMax"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Node* Locate(Node* node, ReadOnlySpan<byte> key, int boundOrderMax, out NodePlace place)
    {
        SpinWait spin = default;
        while (true)
        {
            if (!TrySearch(node, key, out place))
            {
                spin.SpinOnce(NeverSleep);
            }
            else if (place.Position < place.Count)
            {
                return node;
            }
            else if (TryGoRight(node, key, place.Version, boundOrderMax, out Node* right))
            {
                if (right == null)
                {
                    return node;
                }

                node = right;
            }
        }
    }

    /// <summary>
    /// The next node if its bound compares with the key to at most <paramref name="boundOrderMax"/>, null if the node itself is right;
    /// false when the node changed.
    /// </summary>
    private bool TryGoRight(Node* node, ReadOnlySpan<byte> key, uint version, int boundOrderMax, out Node* right)
    {
        right = null;
        uint next = node->Next;
        uint high = node->High;
        if (!Node.IsUnchanged(node, version))
        {
            return false;
        }

        if (next != 0 && Math.Sign(Record.Key(RecordAt(high)).SequenceCompareTo(key)) <= boundOrderMax)
        {
            right = NodeAt(next);
        }

        return true;
    }

    /// <summary>Searches one node; false when it changed meanwhile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TrySearch(Node* node, ReadOnlySpan<byte> key, out NodePlace place)
    {
        place = default;
        Prefetch.References(node);
        uint version = Node.Enter(node);
        int count = node->Count;
        place.Version = version;
        place.Count = count;
        int prefixLength = node->PrefixLength;
        if (prefixLength != 0)
        {
            if (!TryComparePrefix(node, key, version, prefixLength, out int order))
            {
                return false;
            }

            if (order != 0)
            {
                place.Position = order < 0 ? 0 : count;
                return Node.IsUnchanged(node, version);
            }
        }

        ulong head = NodeSearch.HeadOf(key, prefixLength);
        int position = NodeSearch.CountBelow(node->Heads, head);
        place.Position = position;
        if (position < count && node->Heads[position] == head)
        {
            return TrySearchTies(node, key, head, ref place);
        }

        return Node.IsUnchanged(node, version);
    }

    /// <summary>How the key lies to the prefix of the node: before all of its keys, behind, or 0 when it has the prefix too.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryComparePrefix(Node* node, ReadOnlySpan<byte> key, uint version, int prefixLength, out int order)
    {
        int inlineLength = Math.Min(prefixLength, Node.InlinePrefixBytesMax);
        ReadOnlySpan<byte> prefix = new(node->Prefix, inlineLength);
        if (key.Length < inlineLength || !key[..inlineLength].SequenceEqual(prefix))
        {
            order = key.SequenceCompareTo(prefix);
            return Node.IsUnchanged(node, version);
        }

        order = 0;
        if (prefixLength == inlineLength)
        {
            return true;
        }

        uint first = node->References[0];
        if (!Node.IsUnchanged(node, version))
        {
            return false;
        }

        ReadOnlySpan<byte> rest = Record.Key(RecordAt(first))[inlineLength..prefixLength];
        ReadOnlySpan<byte> tail = key[inlineLength..];
        order = tail.StartsWith(rest) ? 0 : tail.SequenceCompareTo(rest);
        return true;
    }

    /// <summary>Finds the place among the keys whose heads are the same, by the records themselves.</summary>
    private bool TrySearchTies(Node* node, ReadOnlySpan<byte> key, ulong head, ref NodePlace place)
    {
        int low = place.Position;
        int high = low + 1;
        while (high < place.Count && node->Heads[high] == head)
        {
            high++;
        }

        while (low < high)
        {
            int middle = (low + high) >>> 1;
            uint reference = node->References[middle];
            if (!Node.IsUnchanged(node, place.Version))
            {
                return false;
            }

            ReadOnlySpan<byte> other = Record.Key(RecordAt(reference));
            if (other.SequenceEqual(key))
            {
                place.Position = middle;
                place.Match = reference;
                return true;
            }

            if (other.SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        place.Position = low;
        return Node.IsUnchanged(node, place.Version);
    }
}
