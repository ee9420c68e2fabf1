using Keystone.Storage.Sst;

namespace Keystone.Storage.Versions;

/// <summary>
/// A table file as the manifest knows it.
/// </summary>
/// <param name="Meta">What the file holds.</param>
/// <param name="DropsThrough">Every drop mark up to this sequence was applied when the file was made: it holds nothing that they
/// cover.</param>
internal sealed record FileRecord(SstMeta Meta, ulong DropsThrough)
{
    /// <summary>Whether the file may hold something that the mark covers.</summary>
    public bool MayHold(DropMark mark)
        => DropsThrough < mark.Sequence && Meta.FirstSequence < mark.Sequence && mark.Overlaps(Meta.FirstKey, Meta.LastKey);
}
