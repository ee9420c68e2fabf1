using System.Runtime.CompilerServices;
using Keystone.Storage.Entries;

namespace Keystone.Storage.Memory;

/// <summary>
/// A cursor over one memtable. It stays right while the writer goes on: it remembers its leaf, the leaf's version and its place there.
/// When the leaf has changed it finds its place again by the key that it stands on, which exists for good; keys only ever move to
/// the right, so a search from the remembered leaf finds it. So no key that existed when a move began is skipped, none comes twice, and the
/// order never turns. Keys and values are pointed at where they lie; nothing is pinned, the caller keeps the table from being freed.
/// </summary>
internal sealed unsafe class MemTableCursor : EntryCursor
{
    /// <summary>How many records ahead of a scan are asked for.</summary>
    private const int PrefetchDistance = 6;

    private KeyTree? _tree;

    // Where the newest version of the current key was, as of a version of the leaf.
    private Node* _leaf;
    private uint _version;
    private int _position;

    private Record* _record;

    /// <summary>Lets go of the former table and begins with another one, on no entry.</summary>
    public void Open(MemTable table)
    {
        Reset();
        _tree = table.Tree;
    }

    public override CursorState SeekFirst()
    {
        KeyTree tree = Tree();
        if (tree.IsEmpty)
        {
            return End();
        }

        Node* leaf = tree.FirstLeaf;
        return StandAt(leaf, Node.Enter(leaf), position: 0, key: default, isKeyPassed: false);
    }

    public override CursorState SeekLast()
    {
        KeyTree tree = Tree();
        if (tree.IsEmpty)
        {
            return End();
        }

        while (true)
        {
            Node* leaf = tree.FindLastLeaf(out NodePlace place);
            if (TryStandOnOldest(leaf, place.Version, place.Position - 1))
            {
                return CursorState.Entry;
            }
        }
    }

    public override CursorState Seek(ReadOnlySpan<byte> key)
    {
        KeyTree tree = Tree();
        if (tree.IsEmpty)
        {
            return End();
        }

        Node* leaf = tree.FindLeaf(key, out NodePlace place);
        return StandAt(leaf, place.Version, place.Position, key, isKeyPassed: false);
    }

    public override CursorState SeekBefore(ReadOnlySpan<byte> key)
    {
        KeyTree tree = Tree();
        if (tree.IsEmpty)
        {
            return End();
        }

        while (true)
        {
            Node* leaf = tree.FindLeafBefore(key, out NodePlace place);
            if (place.Position == 0)
            {
                return End();
            }

            if (TryStandOnOldest(leaf, place.Version, place.Position - 1))
            {
                return CursorState.Entry;
            }
        }
    }

    public override CursorState Next()
    {
        Invariant.Require(_record != null);
        uint older = _record->Older;
        if (older != 0)
        {
            return StandOn(_tree!.RecordAt(older));
        }

        Node* leaf = _leaf;
        int position = _position + 1;
        if (position < leaf->Count)
        {
            uint reference = leaf->References[position];
            uint ahead = leaf->References[(position + PrefetchDistance) & (Node.Fan - 1)];
            if (Node.IsUnchanged(leaf, _version))
            {
                _position = position;
                Prefetch.Record(_tree!.RecordAt(ahead));
                return StandOn(_tree.RecordAt(reference));
            }
        }

        return StandAt(leaf, _version, position, Key, isKeyPassed: true);
    }

    public override CursorState Previous()
    {
        Invariant.Require(_record != null);
        uint newer = Volatile.Read(ref _record->Newer);
        if (newer != 0)
        {
            return StandOn(_tree!.RecordAt(newer));
        }

        if (_position > 0 && TryStandOnOldest(_leaf, _version, _position - 1))
        {
            return CursorState.Entry;
        }

        return SeekBefore(Key);
    }

    /// <summary>Never needed: all of a memtable is in memory.</summary>
    public override void Load() => Invariant.Require(false, "a memtable never needs a load");

    public override void Reset()
    {
        End();
        _tree = null;
        _leaf = null;
    }

    /// <summary>
    /// Stands on the newest version of the key at a place of a leaf, or on the first key to the right of it. If the leaf has changed, the
    /// place is found again: the first key that is not before the given one, nor the given one itself when that is passed.
    /// </summary>
    private CursorState StandAt(Node* leaf, uint version, int position, ReadOnlySpan<byte> key, bool isKeyPassed)
    {
        KeyTree tree = _tree!;
        while (true)
        {
            uint next = leaf->Next;
            uint reference = position < leaf->Count ? leaf->References[position] : 0;
            if (!Node.IsUnchanged(leaf, version))
            {
                leaf = tree.Locate(leaf, key, out NodePlace place);
                version = place.Version;
                position = isKeyPassed ? place.PositionBehind : place.Position;
            }
            else if (reference != 0)
            {
                _leaf = leaf;
                _version = version;
                _position = position;
                return StandOn(tree.RecordAt(reference));
            }
            else if (next != 0)
            {
                // The next leaf begins behind all that the leaf had in this version.
                leaf = tree.NodeAt(next);
                AskAhead(leaf);
                version = Node.Enter(leaf);
                position = 0;
            }
            else
            {
                return End();
            }
        }
    }

    /// <summary>A scan comes into a leaf. What is asked for need not be right: a reference is none or one to a record for good.</summary>
    private void AskAhead(Node* leaf)
    {
        KeyTree tree = _tree!;
        for (int i = 0; i < PrefetchDistance; i++)
        {
            Prefetch.Record(tree.RecordAt(leaf->References[i]));
        }

        Prefetch.Head(tree.NodeAt(leaf->Next));
        Prefetch.References(tree.NodeAt(leaf->Next));
    }

    private bool TryStandOnOldest(Node* leaf, uint version, int position)
    {
        uint reference = leaf->References[position];
        uint ahead = leaf->References[(position - PrefetchDistance) & (Node.Fan - 1)];
        if (!Node.IsUnchanged(leaf, version))
        {
            return false;
        }

        Prefetch.Record(_tree!.RecordAt(ahead));
        _leaf = leaf;
        _version = version;
        _position = position;
        Record* record = _tree.RecordAt(reference);
        while (record->Older != 0)
        {
            record = _tree.RecordAt(record->Older);
        }

        StandOn(record);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CursorState StandOn(Record* record)
    {
        _record = record;
        KeyPointer = Record.KeyPointer(record);
        KeyLength = record->KeyLength;
        ValuePointer = Record.ValuePointer(record);
        ValueLength = record->ValueLength;
        Stamp = record->Stamp;
        IsKeyOver = record->Older == 0;
        return CursorState.Entry;
    }

    private CursorState End()
    {
        _record = null;
        KeyPointer = null;
        KeyLength = 0;
        ValuePointer = null;
        ValueLength = 0;
        Stamp = 0;
        return CursorState.End;
    }

    private KeyTree Tree()
    {
        Invariant.Require(_tree != null);
        return _tree;
    }
}
