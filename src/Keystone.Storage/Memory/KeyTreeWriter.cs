using System.Numerics;
using System.Runtime.CompilerServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// The writing side of the tree. Owned by the table's writer; it changes nodes only between BeginWrite and EndWrite of the one node, and
/// everything that a node will refer to is complete before.
/// </summary>
internal sealed unsafe class KeyTreeWriter(KeyTree tree, Arena arena)
{
    /// <summary>A full node keeps this many keys at a split in the middle.</summary>
    private const int SplitPosition = Node.Fan / 2;

    /// <summary>Heads that agree in this many bytes tell their keys apart badly; the node then gets a longer prefix.</summary>
    private const int IdleHeadBytesMax = 4;

    /// <summary>A node with fewer keys is not worth a longer prefix.</summary>
    private const int PrefixCountMin = 8;

    /// <summary>The most that one node takes out of the arena, padding included.</summary>
    public const int AllocationBytesMax = Node.InnerBytes + PaddingBytesMax;

    private const int PaddingBytesMax = Node.AlignmentBytes - ChunkPool.UnitBytes;

    private int _leafCount;
    private int _innerCount;
    private int _innerLevels;

    /// <summary>Distinct keys.</summary>
    public int KeyCount { get; private set; }

    /// <summary>
    /// The bytes that nodes take at most, padding included, while this many records are inserted.
    /// <para>
    /// A split in the middle leaves both halves at least 31 insertions from their next split, so a node that was split already takes that
    /// many. A split at the end of the last leaf leaves one full leaf behind and a next such split 63 insertions away. So leaves are split
    /// at most once each, plus n/31, plus 1 + n/63; one more is the first leaf of all. An inner level is inserted into as often as the
    /// level below is split, which sums up in the same way; a new root comes at most once per level.
    /// </para>
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public long NodeBytesMax(int insertions)
    {
        long leaves = Math.Min(insertions, _leafCount + 2L + (insertions / 16));
        long inner = Math.Min(leaves * (_innerLevels + 1L), (((_innerCount * 31L) + leaves) / 30) + 1 + KeyTree.HeightMax);
        return (leaves * (Node.LeafBytes + PaddingBytesMax)) + (inner * AllocationBytesMax);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Insert(Record* record)
    {
        uint reference = tree.ReferenceTo(record);
        if (tree.IsEmpty)
        {
            Node* leaf = NewNode(level: 0);
            Fill(leaf, reference, child: 0);
            tree.SetFirstLeaf(leaf);
            KeyCount = 1;
            return;
        }

        Node** path = stackalloc Node*[KeyTree.HeightMax];
        NodePlace place = Descend(Record.Key(record), path);
        if (place.Match != 0)
        {
            PutBeforeOlder(path[0], place, record, reference);
            return;
        }

        KeyCount++;
        InsertAt(path, level: 0, place.Position, reference, child: 0);
    }

    /// <summary>Shows every key to a filter, leaf by leaf.</summary>
    public void AddKeysTo(KeyFilter* filter)
    {
        uint next = tree.IsEmpty ? 0 : tree.ReferenceTo(tree.FirstLeaf);
        while (next != 0)
        {
            Node* leaf = tree.NodeAt(next);
            for (int i = 0; i < leaf->Count; i++)
            {
                Prefetch.Record(tree.RecordAt(leaf->References[i]));
            }

            for (int i = 0; i < leaf->Count; i++)
            {
                KeyFilter.Add(filter, KeyOf(leaf, i));
            }

            next = leaf->Next;
        }
    }

    public void Clear()
    {
        tree.Clear();
        _leafCount = 0;
        _innerCount = 0;
        _innerLevels = 0;
        KeyCount = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private NodePlace Descend(ReadOnlySpan<byte> key, Node** path)
    {
        Node* node = tree.Root;
        while (true)
        {
            node = tree.Locate(node, key, out NodePlace place);
            path[node->Level] = node;
            if (node->Level == 0)
            {
                return place;
            }

            node = tree.NodeAt(Node.ChildAt(node, place.PositionBehind));
        }
    }

    /// <summary>
    /// A key that is there already: one word of the leaf changes, so the version need not. A reader sees the one or the other record.
    /// </summary>
    private void PutBeforeOlder(Node* leaf, NodePlace place, Record* record, uint reference)
    {
        record->Older = place.Match;
        Volatile.Write(ref leaf->References[place.Position], reference);
        Volatile.Write(ref tree.RecordAt(place.Match)->Newer, reference);
    }

    /// <summary>Puts a key into a node of the path, and splits what is full on the way up.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InsertAt(Node** path, int level, int position, uint reference, uint child)
    {
        Node* node = path[level];
        if (node->Count < Node.Fan)
        {
            InsertInto(node, position, reference, child);
            return;
        }

        if (level == 0 && node->Next == 0 && position == Node.Fan)
        {
            Node* last = NewNode(level);
            Fill(last, reference, child);
            Publish(node, last, Node.Fan, high: reference);
            InsertAbove(path, node, last, reference);
            return;
        }

        Node* right = Split(node, out uint separator);
        if (position <= SplitPosition)
        {
            InsertInto(node, position, reference, child);
        }
        else
        {
            InsertInto(right, position - SplitPosition - (level == 0 ? 0 : 1), reference, child);
        }

        InsertAbove(path, node, right, separator);
    }

    private void InsertAbove(Node** path, Node* left, Node* right, uint separator)
    {
        int level = left->Level + 1;
        if (left != tree.Root)
        {
            int position = PositionOfChild(path[level], tree.ReferenceTo(left));
            InsertAt(path, level, position, separator, tree.ReferenceTo(right));
            return;
        }

        Invariant.Require(level < KeyTree.HeightMax);
        Node* root = NewNode(level);
        root->FirstChild = tree.ReferenceTo(left);
        Fill(root, separator, tree.ReferenceTo(right));
        _innerLevels = level;
        tree.SetRoot(root);
    }

    private static int PositionOfChild(Node* node, uint child)
    {
        int position = 0;
        while (Node.ChildAt(node, position) != child)
        {
            position++;
            Invariant.Require(position <= node->Count);
        }

        return position;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InsertInto(Node* node, int position, uint reference, uint child)
    {
        ReadOnlySpan<byte> key = Record.Key(tree.RecordAt(reference));
        FitPrefix(node, key);
        ulong head = NodeSearch.HeadOf(key, node->PrefixLength);
        int moved = node->Count - position;
        Node.BeginWrite(node);
        new Span<ulong>(node->Heads + position, moved).CopyTo(new Span<ulong>(node->Heads + position + 1, moved));
        new Span<uint>(node->References + position, moved).CopyTo(new Span<uint>(node->References + position + 1, moved));
        node->Heads[position] = head;
        node->References[position] = reference;
        if (node->Level != 0)
        {
            new Span<uint>(node->Children + position, moved).CopyTo(new Span<uint>(node->Children + position + 1, moved));
            node->Children[position] = child;
        }

        node->Count++;
        Node.EndWrite(node);
    }

    /// <summary>Shortens the prefix to what the new key shares; lengthens it when the keys that are there look all alike without.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FitPrefix(Node* node, ReadOnlySpan<byte> key)
    {
        int count = node->Count;
        int prefixLength = node->PrefixLength;
        if (count >= PrefixCountMin && node->Heads[0] == node->Heads[count - 1])
        {
            int common = KeyOf(node, 0).CommonPrefixLength(KeyOf(node, count - 1));
            int shared = Math.Min(common, KeyOf(node, 0).CommonPrefixLength(key));
            if (shared != prefixLength)
            {
                SetPrefix(node, shared);
            }
        }
        else if (prefixLength != 0)
        {
            ReadOnlySpan<byte> prefix = prefixLength <= Node.InlinePrefixBytesMax
                ? new(node->Prefix, prefixLength)
                : KeyOf(node, 0)[..prefixLength];
            int shared = prefix.CommonPrefixLength(key);
            if (shared < prefixLength)
            {
                SetPrefix(node, shared);
            }
        }
    }

    /// <summary>Moves the upper half of a full node into a new one at its right.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Node* Split(Node* node, out uint separator)
    {
        Node* right = NewNode(node->Level);
        separator = node->References[SplitPosition];
        int first = SplitPosition;
        if (node->Level != 0)
        {
            // The separator in the middle moves up: its child is the first of the right node.
            right->FirstChild = node->Children[first];
            first++;
        }

        int moved = Node.Fan - first;
        new Span<ulong>(node->Heads + first, moved).CopyTo(new Span<ulong>(right->Heads, moved));
        new Span<uint>(node->References + first, moved).CopyTo(new Span<uint>(right->References, moved));
        if (node->Level != 0)
        {
            new Span<uint>(node->Children + first, moved).CopyTo(new Span<uint>(right->Children, moved));
        }

        right->Count = (byte)moved;
        right->PrefixLength = node->PrefixLength;
        new Span<byte>(node->Prefix, Node.InlinePrefixBytesMax).CopyTo(new Span<byte>(right->Prefix, Node.InlinePrefixBytesMax));
        LengthenPrefix(right);
        Publish(node, right, SplitPosition, separator);
        LengthenPrefix(node);
        return right;
    }

    /// <summary>Links a complete new node behind another, which loses what the new one took, in one write.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Publish(Node* node, Node* right, int keptCount, uint high)
    {
        right->Next = node->Next;
        right->High = node->High;
        Node.BeginWrite(node);
        new Span<ulong>(node->Heads + keptCount, Node.Fan - keptCount).Fill(ulong.MaxValue);
        node->Count = (byte)keptCount;
        node->High = high;
        node->Next = tree.ReferenceTo(right);
        Node.EndWrite(node);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void LengthenPrefix(Node* node)
    {
        ulong difference = node->Heads[0] ^ node->Heads[node->Count - 1];
        if (BitOperations.LeadingZeroCount(difference) >= IdleHeadBytesMax * 8)
        {
            int shared = KeyOf(node, 0).CommonPrefixLength(KeyOf(node, node->Count - 1));
            if (shared > node->PrefixLength)
            {
                SetPrefix(node, shared);
            }
        }
    }

    /// <summary>Sets the prefix and the heads behind it, made ready before readers are kept out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SetPrefix(Node* node, int length)
    {
        int count = node->Count;
        ReadOnlySpan<byte> prefix = KeyOf(node, 0)[..Math.Min(length, Node.InlinePrefixBytesMax)];
        Span<ulong> heads = stackalloc ulong[Node.Fan];
        for (int i = 0; i < count; i++)
        {
            heads[i] = NodeSearch.HeadOf(KeyOf(node, i), length);
        }

        Node.BeginWrite(node);
        node->PrefixLength = (ushort)length;
        prefix.CopyTo(new Span<byte>(node->Prefix, Node.InlinePrefixBytesMax));
        heads[..count].CopyTo(new Span<ulong>(node->Heads, Node.Fan));
        Node.EndWrite(node);
    }

    private ReadOnlySpan<byte> KeyOf(Node* node, int position) => Record.Key(tree.RecordAt(node->References[position]));

    private Node* NewNode(int level)
    {
        int bytes = level == 0 ? Node.LeafBytes : Node.InnerBytes;
        Node* node = (Node*)arena.Allocate(bytes, Node.AlignmentBytes);
        new Span<byte>(node, bytes).Clear();
        new Span<ulong>(node->Heads, Node.Fan).Fill(ulong.MaxValue);
        node->Level = (byte)level;
        if (level == 0)
        {
            _leafCount++;
        }
        else
        {
            _innerCount++;
        }

        return node;
    }

    /// <summary>Puts the first key into a node that nobody can see yet.</summary>
    private void Fill(Node* node, uint reference, uint child)
    {
        node->Heads[0] = NodeSearch.HeadOf(Record.Key(tree.RecordAt(reference)), 0);
        node->References[0] = reference;
        node->Count = 1;
        if (node->Level != 0)
        {
            node->Children[0] = child;
        }
    }
}
