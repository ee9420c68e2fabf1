using System.CommandLine;
using System.CommandLine.Parsing;

namespace Keystone.Cli.Places;

/// <summary>
/// The arguments of a command that go by their places: PATH and what follows it. With <c>--cluster</c> there is no PATH and everything
/// moves up by one, so that the rest of a command line is the same in both cases.
/// </summary>
internal sealed class Positionals
{
    private readonly Argument<string?>[] _arguments;
    private readonly Option<string?> _cluster = new("--cluster")
    {
        HelpName = "ADDRESS[,ADDRESS]",
        Description = $"Gateways of running silos, in place of PATH; HOST[:PORT], port {GatewayList.DefaultPort} if none is given.",
    };

    private readonly Option<string?> _encryptKeys = EncryptKeysOption.New();

    private Positionals((string Name, string Description)[] behindPath)
        => _arguments = [.. behindPath.Prepend(("PATH", "The directory of the database.")).Select(ToArgument)];

    /// <summary>Gives a command its arguments and the option that stands for the first of them.</summary>
    public static Positionals AddTo(Command command, params (string Name, string Description)[] behindPath)
    {
        var positionals = new Positionals(behindPath);
        foreach (Argument<string?> argument in positionals._arguments)
        {
            command.Arguments.Add(argument);
        }

        command.Options.Add(positionals._cluster);
        command.Options.Add(positionals._encryptKeys);
        command.Validators.Add(positionals.Check);
        return positionals;
    }

    /// <summary>Where the database is.</summary>
    public async Task<Place> PlaceOfAsync(ParseResult parsed, CancellationToken cancellation)
        => parsed.GetValue(_cluster) is { } addresses
            ? Place.Cluster(await GatewayList.ResolveAsync(addresses, cancellation).ConfigureAwait(false))
            : Place.Directory(parsed.GetValue(_arguments[0])!, parsed.GetValue(_encryptKeys));

    /// <summary>The argument behind PATH, counted from 1.</summary>
    public string ValueOf(ParseResult parsed, int number)
        => parsed.GetValue(_arguments[parsed.GetValue(_cluster) is null ? number : number - 1])!;

    private static Argument<string?> ToArgument((string Name, string Description) argument)
        => new(argument.Name) { Description = argument.Description, Arity = ArgumentArity.ZeroOrOne };

    private void Check(CommandResult result)
    {
        int given = _arguments.Count(argument => result.GetResult(argument) is { Tokens.Count: > 0 });
        bool isCluster = result.GetResult(_cluster) is not null;
        int wanted = _arguments.Length - (isCluster ? 1 : 0);
        if (given < wanted)
        {
            IEnumerable<string> missing = _arguments.Skip(given + (isCluster ? 1 : 0)).Select(argument => argument.Name);
            result.AddError($"Required arguments are missing: {string.Join(", ", missing)}.");
        }
        else if (given > wanted)
        {
            result.AddError("There is one argument too many: PATH and --cluster exclude each other.");
        }

        if (isCluster && result.GetResult(_encryptKeys) is not null)
        {
            result.AddError("--encrypt-keys is for a PATH: running silos have been given their keys.");
        }
    }
}
