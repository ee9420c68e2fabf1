using Keystone.Storage.Entries;

namespace Keystone.Storage.Sst;

/// <summary>What looking for a key in one file came to.</summary>
internal enum SstLookupState
{
    /// <summary>The file has no version of the key that may be seen.</summary>
    Absent = 0,

    /// <summary>It has one: <see cref="SstLookup.Stamp"/> says whether it is a put, whose value is then pinned, or a delete.</summary>
    Found = 1,

    /// <summary>A block is not in the cache. Ask again where blocking is allowed.</summary>
    NeedsLoad = 2,
}

/// <summary>The answer of <see cref="SstReader.TryGet"/>.</summary>
internal readonly record struct SstLookup(SstLookupState State, ulong Stamp)
{
    public static SstLookup Absent => default;

    public static SstLookup NeedsLoad => new(SstLookupState.NeedsLoad, 0);

    public bool IsFound => State == SstLookupState.Found;

    public bool IsDelete => IsFound && EntryStamp.Kind(Stamp) == EntryKind.Delete;

    public static SstLookup Found(ulong stamp) => new(SstLookupState.Found, stamp);
}
