using Keystone.Storage.Versions;

namespace Keystone.Storage.Compaction;

/// <summary>What one compaction is to do.</summary>
/// <param name="Level">Where the inputs come from.</param>
/// <param name="Inputs">Files of that level.</param>
/// <param name="TargetLevel">Where the outputs go; the same level when files are only rewritten to remove what is dropped.</param>
/// <param name="Overlapped">Files of the target level that are merged with the inputs.</param>
/// <param name="FileBytesTarget">How large an output may grow, about.</param>
internal sealed record CompactionPlan(int Level, LiveFile[] Inputs, int TargetLevel, LiveFile[] Overlapped, long FileBytesTarget)
{
    /// <summary>
    /// Whether the one input can be moved down as it is. One with removals is written anew, since there may be nothing deeper for them to
    /// hide any more: moved, they would stay until something new lies above them.
    /// </summary>
    public bool IsMove => Inputs.Length == 1 && Overlapped.Length == 0 && TargetLevel > Level && Inputs[0].Meta.DeleteCount == 0;

    public long InputBytes => Inputs.Concat(Overlapped).Sum(f => f.Meta.FileBytes);
}
