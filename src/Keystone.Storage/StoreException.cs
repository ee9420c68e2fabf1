namespace Keystone.Storage;

/// <summary>
/// The one exception of the engine. <see cref="Code"/> says what kind of failure it was; the message says with what value and what to do.
/// </summary>
public sealed class StoreException : Exception
{
    /// <summary>Makes an exception with a code and a message, and the failure beneath it if there was one.</summary>
    public StoreException(StoreErrorCode code, string message, Exception? inner = null)
        : base(message, inner) => Code = code;

    /// <summary>What kind of failure this is.</summary>
    public StoreErrorCode Code { get; }

    /// <summary>
    /// Whether it is a want, of room or of descriptors, which may end by itself: nothing is damaged, and the call may be made again.
    /// </summary>
    internal bool IsWant => Code is StoreErrorCode.DiskFull or StoreErrorCode.TooManyOpenFiles;

    /// <summary>Damage at a known place. <paramref name="what"/> is a clause, such as "checksum does not match".</summary>
    public static StoreException Corrupt(string file, long offset, string what)
        => new(StoreErrorCode.Corrupt, $"{file} is damaged at offset {offset}: {what}. Restore this file from a backup.");
}
