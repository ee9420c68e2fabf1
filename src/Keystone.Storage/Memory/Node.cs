using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Keystone.Storage.Memory;

/// <summary>
/// A node of the tree, at a multiple of 64 bytes of the arena. A leaf (level 0) refers to the newest record of each key; it ends before
/// the children. Above, the keys are separators: child i holds what is at or after separator i, the first child what is before them all.
/// <code>
///    0         4       8      12       16       18      19      20           64
/// +---------+------+------+--------+--------+-------+-------+-------------+------------+------------+-------------+
/// | version | next | high | first  | prefix | count | level | prefix (44) | heads      | references | children    |
/// |         |      |      | child  | length |       |       |             | 64 x u64   | 64 x u32   | 64 x u32    |
/// +---------+------+------+--------+--------+-------+-------+-------------+------------+------------+-------------+
/// </code>
/// All keys of a node share its prefix; only what lies behind it is cached as heads. Of a longer prefix the node holds the first 44 bytes,
/// the rest is read from its first record.
/// <para>
/// Many read while one writes: the version is odd while the writer is inside, and greater after. A reader takes an even version, reads
/// what it wants, and trusts it, and follows a reference that it found, only when <see cref="IsUnchanged"/> then still says so. Every
/// word of a node is always zero or something that was once stored there whole, counts never exceed the fan, so reading ahead of the check
/// is harmless. Nodes are not freed before the whole table is, and a version would have to go around 2^31 times under a standing reader.
/// </para>
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct Node
{
    public const int Fan = 64;
    public const int LeafBytes = 64 + (Fan * 12);
    public const int InnerBytes = LeafBytes + (Fan * 4);
    public const int AlignmentBytes = 64;
    public const int InlinePrefixBytesMax = 44;

    public uint Version;

    /// <summary>The node to the right on the same level, 0 for none.</summary>
    public uint Next;

    /// <summary>With a next node: the record whose key is the least that belongs there. It stays there for good.</summary>
    public uint High;

    public uint FirstChild;
    public ushort PrefixLength;
    public byte Count;

    /// <summary>0 for leaves. Never changes.</summary>
    public byte Level;

    public fixed byte Prefix[InlinePrefixBytesMax];
    public fixed ulong Heads[Fan];
    public fixed uint References[Fan];
    public fixed uint Children[Fan];

    /// <summary>The version to read under. An odd one is made even, so that it is never found unchanged.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Enter(Node* node) => Volatile.Read(ref node->Version) & ~1u;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsUnchanged(Node* node, uint version)
    {
        // What was read before must not be read again behind the check. Enter's acquire keeps it from being read too early.
        Volatile.ReadBarrier();
        return Volatile.Read(ref node->Version) == version;
    }

    /// <summary>The writer goes in: no change may be seen before the odd version.</summary>
    public static void BeginWrite(Node* node)
    {
        Volatile.Write(ref node->Version, node->Version + 1);
        Volatile.WriteBarrier();
    }

    /// <summary>The writer leaves: all changes are seen before the even version, and so is every record that they refer to.</summary>
    public static void EndWrite(Node* node) => Volatile.Write(ref node->Version, node->Version + 1);

    /// <summary>The child at a place from 0 (the first) to the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint ChildAt(Node* node, int place) => place == 0 ? node->FirstChild : node->Children[place - 1];
}
