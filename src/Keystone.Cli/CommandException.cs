namespace Keystone.Cli;

/// <summary>What stops a command and is no failure of the database: a file, a text, a connection. The message is for the user.</summary>
internal sealed class CommandException(ExitCode code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the process ends with.</summary>
    public ExitCode Code => code;

    /// <summary>Something that was asked for could not be done.</summary>
    public static CommandException Failed(string message, Exception? inner = null) => new(ExitCode.Failure, message, inner);

    /// <summary>What was asked for makes no sense.</summary>
    public static CommandException Usage(string message) => new(ExitCode.Usage, message);
}
