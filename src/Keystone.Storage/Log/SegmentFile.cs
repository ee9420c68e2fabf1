namespace Keystone.Storage.Log;

/// <summary>A segment of the commit log that the committer may write to, or has written to in this life.</summary>
/// <param name="FileNumber">The number in its name.</param>
/// <param name="Writer">Writes its groups under its generation.</param>
internal sealed record SegmentFile(long FileNumber, GroupWriter Writer)
{
    public ulong Generation => Writer.Generation;

    /// <summary>The number of its first group; 0 before there is one.</summary>
    public ulong FirstGroup { get; set; }

    /// <summary>The number of its newest group; 0 before there is one.</summary>
    public ulong LastGroup { get; set; }
}
