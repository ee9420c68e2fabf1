using System.CommandLine;
using Keystone.Cli.Places;
using Keystone.Model.Maintenance;

namespace Keystone.Cli.Commands;

/// <summary>
/// What stats, verify and compact have in common: PATH or --cluster, and work that goes stripe by stripe through
/// <see cref="IKeystoneMaintenance"/>, so that it is the same for a directory and for running silos.
/// </summary>
internal static class MaintenanceCommand
{
    /// <summary>Work on a database that is open.</summary>
    public delegate Task<ExitCode> Work(
        ParseResult parsed, Place place, IKeystoneMaintenance database, CancellationToken cancellation);

    /// <summary>Gives the command its place and makes it do the work.</summary>
    public static void Run(Command command, Terminal terminal, Work work)
    {
        Positionals positionals = Positionals.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            Place place = await positionals.PlaceOfAsync(parsed, cancellation).ConfigureAwait(false);
            OpenMaintenance open = await place.OpenMaintenanceAsync(terminal, cancellation).ConfigureAwait(false);
            await using (open.ConfigureAwait(false))
            {
                return (int)await work(parsed, place, open.Database, cancellation).ConfigureAwait(false);
            }
        });
    }
}
