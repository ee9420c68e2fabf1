using System.Runtime.InteropServices;

namespace Keystone.Storage.Files;

/// <summary>
/// A descriptor of this process to which an engine says what it is about to show, so that a trace of system calls tells whether what had
/// to be durable by then was. Whoever handed the descriptor in owns it; it is never closed here.
/// <code>
/// recover                the directory is being opened
/// serve 17               recovery is over, and this is the number of the last group that it wrote
/// publish 18 synced      readers and callers are about to see everything through this group, which was synced
/// publish 19 buffered    the same, of a group that nobody wanted synced
/// </code>
/// A line is one write. One that cannot be written is left out: the audit misses its group and says so. Nothing here allocates but the
/// making.
/// </summary>
internal sealed class AuditTrail
{
    private const int LineBytesMax = 64;

    private readonly int _descriptor;

    /// <summary>Writes the first line.</summary>
    /// <exception cref="StoreException">Io, when nothing can be written to the descriptor.</exception>
    public AuditTrail(int descriptor)
    {
        _descriptor = descriptor;
        if (!TryWrite("recover\n"u8))
        {
            throw new StoreException(
                StoreErrorCode.Io,
                $"write to descriptor {descriptor}, which is to take the audit, failed: "
                    + $"{Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}. Hand in one that is open, or none.");
        }
    }

    public void NoteServing(ulong lastGroup) => Note("serve "u8, lastGroup, "\n"u8);

    /// <summary>Called before the group is published, behind all that has to hold for it.</summary>
    public void NotePublishing(ulong group, bool isSynced) => Note("publish "u8, group, isSynced ? " synced\n"u8 : " buffered\n"u8);

    private void Note(ReadOnlySpan<byte> word, ulong number, ReadOnlySpan<byte> end)
    {
        Span<byte> line = stackalloc byte[LineBytesMax];
        word.CopyTo(line);
        bool fits = number.TryFormat(line[word.Length..], out int digits);
        Invariant.Require(fits);
        end.CopyTo(line[(word.Length + digits)..]);
        _ = TryWrite(line[..(word.Length + digits + end.Length)]);
    }

    private unsafe bool TryWrite(ReadOnlySpan<byte> line)
    {
        fixed (byte* bytes = line)
        {
            return PosixCalls.WriteNext(_descriptor, bytes, (nuint)line.Length) == line.Length;
        }
    }
}
