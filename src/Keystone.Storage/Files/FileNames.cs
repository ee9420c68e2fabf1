using System.Globalization;

namespace Keystone.Storage.Files;

/// <summary>
/// The names in a store's directory; nobody else makes or reads one.
/// <code>
/// LOCK                 held with flock while the store is open, never deleted
/// IDENTITY             store id, format version, stripe count, incarnation, names of the keys that it is encrypted under
/// CURRENT              the name of the manifest in force
/// MANIFEST-000001      the manifest log: which files there are and what they hold
/// 000002.log           a segment of the commit log
/// 000003.sst           a table of sorted entries
/// CHECKPOINT           the directory is being made as a copy of a store; without IDENTITY, half of one
/// BALLAST              room that is given back when the disk is full
/// NAME.tmp             a file that is about to be renamed to NAME
/// </code>
/// Numbers come from one counter in the manifest and are never used twice.
/// </summary>
internal static class FileNames
{
    public const string Lock = "LOCK";
    public const string Identity = "IDENTITY";
    public const string Current = "CURRENT";
    public const string Checkpoint = "CHECKPOINT";
    public const string Ballast = "BALLAST";

    private const string ManifestPrefix = "MANIFEST-";
    private const string SegmentSuffix = ".log";
    private const string SstSuffix = ".sst";
    private const string TemporarySuffix = ".tmp";

    public static string Manifest(long number) => ManifestPrefix + Digits(number);

    public static string Segment(long number) => Digits(number) + SegmentSuffix;

    public static string Sst(long number) => Digits(number) + SstSuffix;

    /// <summary>The path of a table, made in one piece: it is asked for with every file that comes, is opened or goes.</summary>
    public static string SstPath(string directory, long number)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{Path.TrimEndingDirectorySeparator(directory)}{Path.DirectorySeparatorChar}{number:D6}{SstSuffix}");

    public static string Temporary(string name) => name + TemporarySuffix;

    /// <summary>
    /// What kind of file has this name, and its number. Names that are not ours are <see cref="FileKind.Foreign"/> and never touched.
    /// </summary>
    public static FileKind Parse(string name, out long number)
    {
        number = 0;
        return name switch
        {
            Lock => FileKind.Lock,
            Identity => FileKind.Identity,
            Current => FileKind.Current,
            Checkpoint => FileKind.Checkpoint,
            Ballast => FileKind.Ballast,
            _ when name == Temporary(Identity) || name == Temporary(Current) => FileKind.Temporary,
            _ when name.StartsWith(ManifestPrefix, StringComparison.Ordinal) && IsNumber(name[ManifestPrefix.Length..], out number)
                => FileKind.Manifest,
            _ when name.EndsWith(SegmentSuffix, StringComparison.Ordinal) && IsNumber(name[..^SegmentSuffix.Length], out number)
                => FileKind.Segment,
            _ when name.EndsWith(SstSuffix, StringComparison.Ordinal) && IsNumber(name[..^SstSuffix.Length], out number) => FileKind.Sst,
            _ => FileKind.Foreign,
        };
    }

    private static string Digits(long number) => number.ToString("D6", CultureInfo.InvariantCulture);

    private static bool IsNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && Digits(number) == text;
}

/// <summary>What a name in a store's directory stands for.</summary>
internal enum FileKind
{
    Foreign = 0,
    Lock,
    Identity,
    Current,
    Temporary,
    Manifest,
    Segment,
    Sst,
    Checkpoint,
    Ballast,
}
