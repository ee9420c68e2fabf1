namespace Keystone.Storage.Versions;

/// <summary>
/// A segment of the commit log as the manifest knows it.
/// </summary>
/// <param name="FileNumber">The number in its name.</param>
/// <param name="Generation">Which use of its bytes this is. Segments take groups in the order of their generations.</param>
/// <param name="FirstGroup">The number of its first group, or 0 while the manifest does not know it.</param>
/// <param name="EndGroup">The number of the last group that counts, or 0 while it may still grow. What lies behind it is not read.</param>
internal readonly record struct SegmentRecord(long FileNumber, ulong Generation, ulong FirstGroup, ulong EndGroup)
{
    /// <summary>Whether the segment was closed by a recovery, so that its end is exact.</summary>
    public bool IsClosed => EndGroup != 0;
}
