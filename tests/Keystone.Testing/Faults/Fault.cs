using Keystone.Testing.Disk;

namespace Keystone.Testing.Faults;

/// <summary>
/// One way in which calls go wrong. Of the calls of its kind on paths of its pattern, counted from 1, it strikes those from
/// <see cref="From"/> on, each with its <see cref="Probability"/>, until it has struck <see cref="TimesMax"/> times. So without
/// further words it strikes once, at the first such call.
/// </summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Call">The calls that it strikes.</param>
public sealed record Fault(FaultKind Kind, FileCall Call)
{
    /// <summary>Which paths it strikes: <c>*</c> stands for any characters, <c>?</c> for one.</summary>
    public string Path { get; init; } = "*";

    /// <summary>The first matching call that it may strike, counted from 1.</summary>
    public long From { get; init; } = 1;

    /// <summary>How likely it strikes each such call.</summary>
    public double Probability { get; init; } = 1;

    /// <summary>How often it strikes at most.</summary>
    public long TimesMax { get; init; } = 1;

    /// <summary>With <see cref="FaultKind.Delay"/>, how long the call takes.</summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>What goes wrong with a call.</summary>
public enum FaultKind
{
    /// <summary>It has no effect and fails with Io.</summary>
    Io,

    /// <summary>It has no effect and fails with DiskFull.</summary>
    DiskFull,

    /// <summary>It has no effect and fails with TooManyOpenFiles.</summary>
    TooManyOpenFiles,

    /// <summary>A read or write transfers fewer bytes than asked, at least one, and says so.</summary>
    Short,

    /// <summary>
    /// It has no effect and throws <see cref="InvalidOperationException"/>, which nobody foresees: a defect of the program.
    /// </summary>
    Defect,

    /// <summary>
    /// A sync, of a file or of a directory, fails with Io and what it should have written is lost, though reads still see it: later
    /// syncs succeed without writing it.
    /// </summary>
    LostSync,

    /// <summary>The call takes a while, then does what it should.</summary>
    Delay,

    /// <summary>One bit is not what was read, or not what was to be written. Nobody is told.</summary>
    FlipBit,

    /// <summary>The bytes are read from, or written to, another place of the same file. Nobody is told.</summary>
    Misdirect,
}
