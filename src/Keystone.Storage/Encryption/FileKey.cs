namespace Keystone.Storage.Encryption;

/// <summary>
/// The key of a table file or of a segment's present use, as the manifest knows it. One that was decoded is wrapped and not opened yet;
/// one that was made is wrapped when it is written down. Changed by whoever reads or writes the manifest.
/// </summary>
internal sealed class FileKey(long fileNumber)
{
    /// <summary>The number in the file's name.</summary>
    public long FileNumber => fileNumber;

    /// <summary>The key itself; null until it is opened.</summary>
    public DataKey? Key { get; set; }

    /// <summary>The key as it is written; null until it is wrapped.</summary>
    public WrappedKey? Wrapped { get; set; }

    /// <summary>The same key for somebody else, who may wrap it at another time.</summary>
    public FileKey Clone() => new(FileNumber) { Key = Key, Wrapped = Wrapped };
}
