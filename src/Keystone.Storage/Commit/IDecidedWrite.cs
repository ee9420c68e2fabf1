using Keystone.Storage.Versions;

namespace Keystone.Storage.Commit;

/// <summary>A write as the pipeline sequences it: which writers it needs, and what it does once it has them.</summary>
internal interface IDecidedWrite
{
    /// <summary>The stripes whose writers are taken, ascending, each once.</summary>
    ReadOnlySpan<StripeClaim> Claims { get; }

    /// <summary>Arranged after <see cref="Decide"/> said Write. Touches only stripes in <see cref="Claims"/>.</summary>
    WriteBatch Batch { get; }

    /// <summary>Under all writers. Must be short and must not block.</summary>
    WriteVerdict Decide(Stripe[] stripes);

    /// <summary>Without any writer, after a verdict of <see cref="WriteVerdict.NeedsLoad"/>: gets what was missing.</summary>
    ValueTask LoadAsync();
}

/// <summary>What a write wants, now that it has its writers.</summary>
internal enum WriteVerdict
{
    /// <summary>Sequence the batch.</summary>
    Write = 0,

    /// <summary>Nothing is to be written; the answer is a refusal.</summary>
    Refuse = 1,

    /// <summary>Something lies on the disk: load it, then ask again.</summary>
    NeedsLoad = 2,
}
