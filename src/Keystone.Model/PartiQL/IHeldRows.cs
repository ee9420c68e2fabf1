using Keystone.Model.Items;

namespace Keystone.Model.PartiQL;

/// <summary>Rows that are answered when the last item was seen. Holds no more bytes than it was told.</summary>
internal interface IHeldRows
{
    /// <summary>Takes what was read. Throws <see cref="KeystoneErrorCode.LimitExceeded"/> if it is too much to hold.</summary>
    void Add(SourcePage page);

    /// <summary>The answer.</summary>
    IReadOnlyList<EncodedItem> Build();
}
