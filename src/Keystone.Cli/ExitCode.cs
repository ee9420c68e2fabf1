namespace Keystone.Cli;

/// <summary>How a command ends, as scripts see it.</summary>
internal enum ExitCode
{
    /// <summary>It did what was asked.</summary>
    Success = 0,

    /// <summary>It could not, or the item that was asked for is not there; one line on standard error says why.</summary>
    Failure = 1,

    /// <summary>The command line was wrong; nothing was done.</summary>
    Usage = 2,

    /// <summary>
    /// It was ended with Ctrl-C or SIGTERM, after what was under way was whole. As shells count it: 128 and the number of SIGINT.
    /// </summary>
    Cancelled = 130,
}
